"""The demo's ledger and a browser, once for all tests that look at them."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from builders.browser import new_visitor, page_of
from builders.command import WHENCE
from builders.ledger import Ledger, free_port, running_ledger
from builders.machine import Machine
from builders.shared import shared


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The ledger of ``whence demo``, smaller."""
    data = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(shared(tmp_path_factory, "demo-data", _load_demo) / "data", data)
    with running_ledger(data) as ledger:
        yield ledger


def _load_demo(home: Path) -> None:
    arguments = ("--developers", "10", "--days", "10", "--port", str(free_port()), "--data", str(home / "data"))
    process = subprocess.Popen(
        [*WHENCE, "demo", *arguments],
        env=Machine(home).environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert any(line.startswith("Open http") for line in iter(process.stdout.readline, ""))
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=120) == 0


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One for the pages of all tests: the cache of a visitor who returns saves half of the time that a page takes."""
    with new_visitor(browser) as one:
        yield one


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    with page_of(visitor) as one:
        yield one
        if one.url.startswith("http"):
            one.evaluate("localStorage.clear()")
        visitor.clear_cookies()


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
