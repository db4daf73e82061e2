"""Decide when a flush is due, and start it. Part of the hot path."""

import os
import sys
import time

from whence_hook.machine import spool
from whence_hook.machine.site import PLUGIN
from whence_hook.record import touched
from whence_hook.record.fast_json import quote

NEWS_SECONDS = 10
RUNNING_SECONDS = 60


def start_flush_if_due(name: str, counts: touched.Counts) -> None:
    """Start a flush at the end of a turn or session and for a new repository; otherwise one per minute, delayed by a
    minute, so that a turn is visible while it runs and none of its events waits longer than that."""
    if PLUGIN in sys.argv:
        if name == "Stop":
            from whence_hook.record.unsent import shed

            shed()
    elif name in {"Stop", "SessionEnd"} or _is_news(counts):
        _start(0)
    elif _claim("running-flush", RUNNING_SECONDS):
        _start(RUNNING_SECONDS)


def _is_news(counts: touched.Counts) -> bool:
    """Return whether a root has never been looked at: better now than after it is gone, but not at every event."""
    if not counts:
        return False
    try:
        with open(os.path.join(spool.state_directory(), "checkouts.json"), encoding="ascii") as file:
            known = file.read()
    except (OSError, ValueError):
        known = ""
    return not all(quote(main) in known for _, main in counts) and _claim("early-flush", NEWS_SECONDS)


def _claim(name: str, seconds: int) -> bool:
    """Return true for the first caller in this many seconds, by the time of a file."""
    stamp = os.path.join(spool.state_directory(), name)
    try:
        if 0 <= time.time() - os.stat(stamp).st_mtime < seconds:
            return False
    except FileNotFoundError:
        pass
    os.close(os.open(stamp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    os.utime(stamp)
    return True


def _start(delay: int) -> None:
    """Start ``flush``, after ``delay`` seconds, so that it outlives this process, its group and Claude Code."""
    command = [sys.executable, "-I", "-m", "whence_hook.flush"]
    if sys.platform == "win32":
        import subprocess

        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        null = subprocess.DEVNULL
        subprocess.Popen(command, stdin=null, stdout=null, stderr=null, creationflags=flags)
        return
    if os.fork() == 0:
        try:
            os.setsid()
            os.chdir("/")
            null = os.open(os.devnull, os.O_RDWR)
            # Claude Code waits until nobody has the other end of these open.
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            os.nice(10)
            import _signal  # type: ignore[import-not-found]

            for number in (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
                _signal.signal(number, _signal.SIG_DFL)
            # This process needs less memory than a waiting flush.
            time.sleep(delay)
            from whence_hook.machine.environment import kept

            os.execve(command[0], command, kept(os.environ))
        finally:
            os._exit(0)
