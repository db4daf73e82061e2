"""``flush``: send the records in the spools and keep those that were not accepted. Detached, at most one at a time."""

import errno
import json
import time
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from whence_contract.private_file import write_private
from whence_hook.flush import backlog
from whence_hook.machine.error import HookError
from whence_hook.machine.log import log, log_error
from whence_hook.machine.spool import spool_directory, state_directory

WAIT_SECONDS = 120
LATE_RECORD_SECONDS = 1.0
ABANDONED_SECONDS = 3600
WITHOUT_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


class LastFlush(NamedTuple):
    """The result of the last flush: when it ended (seconds since 1970), the number of spans it sent, and its error."""

    at: float
    spans: int
    error: str | None


def flush(ended: Collection[str] = (), patient: bool = False) -> LastFlush:
    """Send everything that waits. Errors of the network or the receiver are in the result, never raised.

    ``ended``: sessions that have just ended; search their transcripts for calls that no hook recorded.

    Any number may run at once: one sends, one waits to send what arrives meanwhile, the others return, unless they are
    ``patient``: then they wait too, and what waited when they were called has been sent when they return.
    """
    Path(spool_directory()).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _in_turn(FileLock, "lock", ended, patient)
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
    # A home on a network file system may have no locks. The file that replaces the lock names its process, and another
    # flush on this machine removes it if that process has ended.
    for file in Path(state_directory()).glob("*.soft-lock"):
        if time.time() - file.stat().st_mtime > ABANDONED_SECONDS:
            file.unlink(missing_ok=True)
    return _in_turn(SoftFileLock, "soft-lock", ended, patient)


def _in_turn(lock: type[BaseFileLock], suffix: str, ended: Collection[str], patient: bool) -> LastFlush:
    """Flush when it is this process's turn. Raises ``OSError`` where the file system lacks this kind of lock."""
    turn = lock(Path(state_directory(), f"flush.{suffix}"), timeout=WAIT_SECONDS, mode=0o600)
    queue = lock(Path(state_directory(), f"flush-next.{suffix}"), timeout=WAIT_SECONDS if patient else 0, mode=0o600)
    try:
        with queue:
            turn.acquire()
    except Timeout:
        if patient:
            return LastFlush(time.time(), 0, f"Another flush has been running for {WAIT_SECONDS} seconds.")
        return last_flush() or LastFlush(time.time(), 0, None)
    try:
        return _flush_all(ended)
    finally:
        turn.release()


def last_flush() -> LastFlush | None:
    """Return the result of the last flush; ``None`` before the first one."""
    try:
        return LastFlush(*json.loads(_result_file().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def main() -> None:
    """Flush, then once more for late data: records, and the transcript of the turn's last tool calls."""
    try:
        ended = backlog.ended_sessions()
        first = flush()
        time.sleep(LATE_RECORD_SECONDS)
        if first.error is None and (ended or backlog.pending().size):
            # Claude Code may have just finished writing the transcript.
            flush(ended)
    except Exception as error:
        log_error("flush", error)


def _flush_all(ended: Collection[str]) -> LastFlush:
    sent, problem = 0, None
    backlog.end_quiet_sessions()
    _record_missed(ended)
    try:
        while batch := backlog.next_batch():
            if batch.damaged:
                log(f"flush: skipped {batch.damaged} lines that are not records.")
            if not batch.records:
                backlog.accept()
                continue
            # Imported lazily: it takes longer than finding an empty spool.
            from whence_hook.flush.delivery import deliver

            delivered = deliver(batch.records)
            sent += delivered.spans
            for refusal in delivered.refusals:
                problem = refusal.message
                log(f"flush: {problem}")
            backlog.accept(lost=sum(refusal.items for refusal in delivered.refusals))
    except HookError as error:
        problem = str(error)
        log(f"flush: {error} The records are kept and sent later.")
        backlog.shed()
    result = LastFlush(time.time(), sent, problem)
    # If there was nothing to send, keep the result of the last delivery: it says more.
    if sent or problem or last_flush() is None:
        write_private(_result_file(), json.dumps(result))
    return result


def _record_missed(ended: Collection[str]) -> None:
    """Search the transcripts for missing calls of sessions that have ended, or where a call's hook was probably
    killed."""
    ended = {*ended, *backlog.ended_sessions()}
    stalled = backlog.stalled_sessions()
    if not ended and not stalled:
        return
    # Imported lazily: it loads the parsers of commands.
    from whence_hook.flush.missed import record_missed

    for session in {*ended, *stalled}:
        try:
            count = (
                record_missed(session, backlog.session_lines(session))
                if session in ended
                else record_missed(session, stalled[session], backlog.HOOK_SECONDS)
            )
            if count:
                log(f"flush: added {count} calls that no hook recorded.")
        except Exception as error:
            # The format of transcripts is Claude Code's own.
            log_error("flush", error)


def _result_file() -> Path:
    return Path(state_directory(), "last-flush.json")
