"""The hook's log: one line per problem, bounded in size, without any content of the event.

Part of the hot path: standard library only, imported only if there is something to log.
"""

import os
import time

from whence_hook.machine.spool import state_directory

MAX_BYTES = 1_000_000


def log(message: str) -> None:
    """Append ``message`` with the time. Never raises, because nobody could handle it here."""
    try:
        path = os.path.join(state_directory(), "hook.log")
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        if os.path.exists(path) and os.path.getsize(path) > MAX_BYTES:
            os.replace(path, path + ".1")
        line = time.strftime("%Y-%m-%dT%H:%M:%S%z ") + message.replace("\n", " | ") + "\n"
        with open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write(line)
    except OSError:
        pass


def log_error(stage: str, error: BaseException) -> None:
    """Log the place and the type of ``error``. Its text is logged for system errors only: others may quote the
    event."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}")
        trace = trace.tb_next
    where = " < ".join(reversed(places[-3:]))
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    log(f"{stage}: {type(error).__name__}{reason} at {where}")
