"""The hook under Windows' rules for files, as far as they can be had here.

``WINDOWS`` gives ``os`` the rules of Windows' C library: an append is a seek and a write, and without ``O_BINARY`` each
newline becomes two bytes; ``msvcrt.locking`` locks one byte at the current position. What only Windows can show is
run by ``.github/workflows/ci.yml``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import whence_hook
from whence_hook.flush import backlog
from whence_hook.machine import spool
from whence_installer.settings import settings

WINDOWS = """
import fcntl, os, sys, time, types

os.O_BINARY = 1 << 28
text = set()
real_open, real_write = os.open, os.write

def open_(path, flags, mode=0o777):
    file = real_open(path, flags & ~os.O_BINARY & ~os.O_APPEND, mode)
    if not flags & os.O_BINARY:
        text.add(file)
    return file

def write(file, data):
    os.lseek(file, 0, os.SEEK_END)
    time.sleep(0.002)
    real_write(file, data.replace(b"\\n", b"\\r\\n") if file in text else data)
    return len(data)

def locking(file, mode, count):
    assert mode == msvcrt.LK_LOCK
    fcntl.lockf(file, fcntl.LOCK_EX, count, 0, os.SEEK_CUR)

msvcrt = types.ModuleType("msvcrt")
msvcrt.LK_LOCK, msvcrt.locking = 1, locking
sys.modules["msvcrt"] = msvcrt
os.open, os.write = open_, write
sys.platform = "win32"
"""
APPEND = """
sys.path.insert(0, sys.argv[1])
from whence_hook.machine import spool
for number in range(20):
    spool.append("s", b'{"from": "%s", "number": %d}' % (sys.argv[2].encode(), number))
"""


def test_records_of_many_hooks_are_all_kept_and_whole(tmp_path: Path) -> None:
    folder = str(Path(whence_hook.__file__).parents[1])
    environment = {"LOCALAPPDATA": str(tmp_path), "PATH": os.defpath}
    running = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", WINDOWS + APPEND, folder, str(number)], env=environment)
        for number in range(4)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * 4
    content = (tmp_path / "whence" / "spool" / "s.jsonl").read_bytes()
    assert b"\r" not in content
    records = [json.loads(line) for line in content.splitlines() if line]
    assert sorted((one["from"], one["number"]) for one in records) == [(str(a), b) for a in range(4) for b in range(20)]


def test_a_spool_that_a_hook_has_open_is_removed_by_a_later_flush(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    record = {"v": 2, "time": 1, "session": "s", "prompt": None, "agent": None, "tool": None, "kind": None, "roots": []}
    spool.append("s", json.dumps(record).encode())
    file = Path(spool.spool_directory(), "s.jsonl")
    os.utime(file, (1, 1))
    assert backlog.next_batch()

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    with monkeypatch.context() as busy:
        busy.setattr(Path, "unlink", refuse)
        backlog.accept()
        assert backlog.shed() == 0
    assert file.exists()
    assert backlog.next_batch() is None
    backlog.accept()
    assert not file.exists()


def test_what_is_too_old_and_open_is_not_counted_as_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    spool.append("s", b"{}")
    os.utime(Path(spool.spool_directory(), "s.jsonl"), (1, 1))

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "The process cannot access the file because it is being used by another process")

    with monkeypatch.context() as busy:
        busy.setattr(Path, "unlink", refuse)
        assert backlog.shed() == 0
    assert backlog.shed() == 1


def test_the_headers_helper_is_quoted_for_cmd_and_for_sh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "interpreter", lambda: r"C:\Users\Ada Lovelace\whence\Scripts\python.exe")
    monkeypatch.setattr(sys, "platform", "win32")
    helper = settings.headers_helper()
    assert helper == '"C:/Users/Ada Lovelace/whence/Scripts/python.exe" -I -m whence_hook.headers'
    words = subprocess.run(["sh", "-c", f"printf '%s\\n' {helper}"], capture_output=True, text=True, check=True).stdout
    assert words.splitlines()[0] == "C:/Users/Ada Lovelace/whence/Scripts/python.exe"
