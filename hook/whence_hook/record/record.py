"""``record``: one hook event in, one line in the spool out. The hot path.

A line holds time, ids, kind, the repository roots touched, and counts. Prompts, file contents, commands and paths
inside a repository are read here and never stored or sent. Whatever the input, the process prints nothing and exits 0.
"""

import _signal  # type: ignore[import-not-found]  # signal without its enums
import os
import time

from whence_hook.machine import site as sitewide
from whence_hook.machine import spool
from whence_hook.record import touch
from whence_hook.record.fast_json import loads
from whence_hook.record.touched import NoAnswer, Touched, touched

MAX_EVENT_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 2.0


def main() -> None:
    """Record the event on standard input, and start a flush if one is due."""
    try:
        if hasattr(_signal, "setitimer"):
            _signal.signal(_signal.SIGALRM, _give_up)
            _signal.setitimer(_signal.ITIMER_REAL, MAX_SECONDS, MAX_SECONDS)
        event = _parse(_read_stdin())
        if event is not None and not sitewide.is_superseded():
            found = Touched()
            if touched(event, found):
                from whence_hook.record.due import start_flush_if_due
                from whence_hook.record.line import line

                spool.append(str(event["session_id"]), line(event, time.time_ns(), found))
                start_flush_if_due(str(event.get("hook_event_name")), found.roots)
    except BaseException as error:
        from whence_hook.machine.log import log_error

        log_error("record", error)
    finally:
        os._exit(0)


def _give_up(number: int, frame: object) -> None:
    raise NoAnswer


def _read_stdin() -> bytes:
    chunks, size = [], 0
    while chunk := os.read(0, 1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_EVENT_BYTES:
            raise OverflowError
    return b"".join(chunks)


def _parse(payload: bytes) -> touch.Json | None:
    """Return the event; if it is not an event of a session, log that and return ``None``."""
    try:
        event = loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        event = None
    if isinstance(event, dict) and spool.is_id(event.get("session_id")):
        return event
    from whence_hook.machine.log import log

    log("record: ignored an event " + ("without a valid session id" if isinstance(event, dict) else "that is not JSON"))
    return None
