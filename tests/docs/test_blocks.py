"""The commands in the documentation: each block of shell or TOML is marked, and the marked ones are run as they stand.

A comment before a block says what to do with it:

- ``<!-- run -->``: run it, after the blocks before it on the page, beside a ledger that has data;
- ``<!-- run: serves -->``: its last command serves until it is interrupted;
- ``<!-- not run: REASON -->``: a reader can run it, a test cannot.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from builders.command import WHENCE
from builders.git_repository import make_repository
from builders.ledger import free_port, running_ledger
from builders.machine import Machine
from builders.transcript import USD, answer, prompt, write
from fakes.github import TOKEN, github
from whence_ledger.alert.rule import load_rules

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
TRANSCRIPTS = ROOT / "tests" / "data" / "claude-code" / "transcripts"
PATIENCE_SECONDS = 300
_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]+) -->\n)?^```(?P<language>sh|toml)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_SKIP = re.compile(r"not run: \S.*")


class Block(NamedTuple):
    """``mark``: what the comment before it says, or nothing."""

    mark: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that somebody might copy, in their order."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(one["mark"] or "", one["language"], one["text"]) for one in found]


RUN = [page for page in PAGES if page.name != "README.md" and any(one.mark.startswith("run") for one in blocks(page))]


@contextmanager
def running(script: str, machine: Machine, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a script in a shell that stops at the first error; end what still runs of it."""
    process = subprocess.Popen(
        ["sh", "-euc", script],
        cwd=machine.home,
        env=machine.environment | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)


def run(script: str, machine: Machine, **environment: str) -> str:
    """Run a script that must succeed, and answer yes to what it asks; what it printed."""
    with running(script, machine, **environment) as process:
        output, _ = process.communicate("y\n", timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, f"{script}\n{output}"
    return output


def wait_for_page(url: str, process: "subprocess.Popen[str]") -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        try:
            if httpx.get(f"{url}/api/v1/openapi.json").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"nothing answers at {url}")


def at_hand(text: str, github_url: str) -> str:
    """The commands of a block, with an organization and a token that the reader would have."""
    return text.replace("…", TOKEN).replace("YOUR-ORGANIZATION", f"acme --github-url {github_url}")


def test_each_block_says_whether_it_is_run() -> None:
    assert sum(len(blocks(page)) for page in PAGES) > 10
    undecided = [
        f"{page.relative_to(ROOT)}: {one.text}"
        for page in PAGES
        for one in blocks(page)
        if one.mark not in {"run", "run: serves"} and not _SKIP.fullmatch(one.mark)
    ]
    assert undecided == []


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_work(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "https://slack.example/hook")
    machine = Machine(tmp_path / "home")
    shutil.copytree(TRANSCRIPTS, machine.home / ".claude" / "projects")
    path = f"{Path(WHENCE[0]).parent}:{os.defpath}"
    with running_ledger(tmp_path / "data") as ledger, github({"acme": ["api"]}) as fake:
        environment = {"PATH": path, "WHENCE_LEDGER": ledger.url}
        run("whence import", machine, **environment)
        assert ledger.get("sessions")
        for one in blocks(page):
            if one.mark == "run" and one.language == "toml":
                settings = tmp_path / "alerts.toml"
                settings.write_text(one.text, encoding="utf-8")
                assert load_rules(settings).receivers
            elif one.mark == "run":
                run(at_hand(one.text, fake.api), machine, **environment)
            elif one.mark == "run: serves":
                port = free_port()
                with running(f"exec {one.text.strip()} --port {port}", machine, **environment) as process:
                    wait_for_page(f"http://127.0.0.1:{port}", process)


@pytest.mark.slow
def test_a_newcomer_sees_their_own_history_with_the_commands_of_the_readme(tmp_path: Path) -> None:
    """``./install.sh --serve`` of this clone, with the network, in a new home, on a free port; then the next block."""
    serve, report = blocks(ROOT / "README.md")
    assert (serve.mark, report.mark) == ("run: serves", "run")
    machine = Machine(tmp_path / "home")
    url = f"http://127.0.0.1:{free_port()}"
    api = make_repository(machine.home / "src" / "api", "git@github.com:acme/api.git")
    write(machine.home / ".claude" / "projects" / "p" / "s1.jsonl", prompt(0, api), answer(1), answer(2))
    command = f"cd '{ROOT}'\nexec {serve.text.strip()} --endpoint {url}"
    with running(command, machine) as process, github({"acme": ["api"]}) as fake:
        wait_for_page(url, process)
        costs: dict[str, float] = {}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not costs and time.monotonic() < deadline:
            time.sleep(1)
            rows = httpx.get(f"{url}/api/v1/repositories").json()
            costs = {row["repository"]: row["cost_usd"] for row in rows if row["cost_usd"]}
        assert costs == {"acme/api": pytest.approx(2 * USD)}
        path = f"{machine.home}/.local/bin:{os.defpath}"
        table = run(at_hand(report.text, fake.api), machine, PATH=path, WHENCE_LEDGER=url)
    assert re.search(r"acme/api +Managed .* in-organization", table), table
