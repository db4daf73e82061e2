"""``whence demo`` and a browser, once for all tests that look at them."""

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from builders.browser import new_page
from builders.command import WHENCE
from builders.ledger import Ledger, free_port
from builders.machine import Machine


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """``whence demo``, smaller."""
    home = tmp_path_factory.mktemp("demo")
    port = free_port()
    command = [*WHENCE, "demo", "--developers", "10", "--days", "10", "--port", str(port), "--data", str(home / "data")]
    process = subprocess.Popen(
        command, env=Machine(home).environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    assert any(line.startswith("Open http") for line in lines)
    yield Ledger(f"http://127.0.0.1:{port}", home / "data")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=120) == 0


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_page(browser) as one:
        yield one


@pytest.fixture
def hostile_names() -> list[str]:
    return [
        "<img src=x onerror=boom()>",
        "\u202eevil",
        "x" * 300,
        "😀",
        "a'b&c",
        "{{ 7 * 7 }}",
        "</script><script>boom()",
    ]
