"""``whence demo``: it says how far it is loaded, and leaves nothing running."""

import os
import pty
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, expect

from builders.browser import new_page
from builders.command import WHENCE
from builders.ledger import free_port
from builders.machine import Machine

# So long that it cannot be loaded before somebody has looked, in days that are loaded soon each.
LONG = ("--developers", "60", "--days", "365")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_terminal_and_the_page_say_how_far_it_is_and_a_kill_ends_all_of_it(
    tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    ours, terminal = pty.openpty()
    command = [*WHENCE, "demo", *LONG, "--port", str(port), "--data", str(tmp_path / "data")]
    environment = Machine(tmp_path).environment | {"TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    written: list[bytes] = []

    def read() -> None:
        try:
            while more := os.read(ours, 4096):
                written.append(more)
        except OSError:
            # Everybody who could write has ended.
            return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        httpx.Client(transport=httpx.HTTPTransport(retries=10), timeout=120).get(f"http://127.0.0.1:{port}/")
        with new_page(browser) as page:
            page.goto(f"http://127.0.0.1:{port}")
            expect(page.locator(".state")).to_contain_text("Loading the demo")
            expect(page.locator(".state")).to_contain_text(re.compile(r"[1-9]\d* of 366 days, about \d+ s left"))
        children = children_of(process.pid)
        assert children
    finally:
        # Not a word to anybody: what it started has to notice by itself.
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    deadline = time.monotonic() + 120
    while any(is_running(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(is_running(child) for child in children)
    reader.join(timeout=60)
    os.close(ours)
    text = b"".join(written).decode()
    assert re.search(r"Loading days .*[1-9]\d*/366", text)
    assert "Traceback" not in text
