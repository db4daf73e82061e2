"""Names that others chose, on a terminal: they neither control it nor reverse its text."""

import csv
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import product
from pathlib import Path

import pytest

from builders.command import WHENCE
from builders.ledger import Ledger, running_ledger
from builders.machine import Machine
from builders.telemetry import cost, metrics
from fakes.github import TOKEN, github

EVIL = "jane\x1bc\x9b31m\u202egnp\u2066\x07\x7f"
LINE = "janec31mgnp"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        running.accept("metrics", metrics(cost(5, user_email=EVIL, model=EVIL)))
        yield running


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    return machine


def on_a_terminal(machine: Machine, *arguments: str, **more: str) -> str:
    """What a command writes to a terminal, without its own colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 240, 0, 0))
    chunks: list[bytes] = []
    environment = machine.environment | {"TERM": "dumb", "NO_COLOR": "1"} | more
    with subprocess.Popen([*WHENCE, *arguments], stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65536):
                chunks.append(chunk)
        except OSError:
            pass
        process.wait(timeout=60)
    os.close(ours)
    return b"".join(chunks).decode()


def invisible(text: str) -> set[str]:
    return {one for one in text if unicodedata.category(one) in {"Cc", "Cf"} and one not in "\r\n"}


def test_a_report_shows_names_without_them(ledger: Ledger, machine: Machine) -> None:
    for report, form in product(["users", "models", "sessions"], ["table", "json", "csv"]):
        shown = on_a_terminal(
            machine, "report", report, "--from", "2026-11-01", "--format", form, "--ledger", ledger.url
        )
        assert invisible(shown) == set(), (report, form)
        assert LINE[:6] in shown or form == "json", (report, form)


def test_json_and_csv_in_a_file_hold_the_names_as_they_are(ledger: Ledger, machine: Machine) -> None:
    def report(form: str) -> str:
        return machine.whence(
            "report", "users", "--from", "2026-11-01", "--format", form, "--ledger", ledger.url
        ).stdout

    (name,) = [row["user"] for row in ledger.get("users", **{"from": "2026-11-01"})]
    assert "\u202e" in name
    assert [row["user"] for row in json.loads(report("json"))] == [name]
    assert [row["user"] for row in csv.DictReader(report("csv").splitlines())] == [name]


@contextmanager
def answering(body: object, status: int = 200, elsewhere: object = None) -> Iterator[str]:
    """A server that answers every request with one JSON value; ``elsewhere``: the value below /labels."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            below = elsewhere is not None and "/labels/" in self.path
            content = json.dumps(elsewhere if below else body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_label_changes_are_shown_without_them(machine: Machine, form: str) -> None:
    row = {"at": "2026-11-22T12:00:00Z", "repository": EVIL, "from": EVIL, "to": "Unmanaged", "reason": EVIL}
    with answering([row | {"evidence": EVIL}]) as url:
        shown = on_a_terminal(machine, "classify", "--changes", "--format", form, "--ledger", url)
    assert invisible(shown) == set()
    assert LINE[:6] in shown or form == "json"


@pytest.mark.parametrize("arguments", [("alerts", "check"), ("report", "users"), ("ledger", "backup", "/dev/null/x")])
def test_an_error_that_a_ledger_sends_is_shown_without_them(machine: Machine, arguments: tuple[str, ...]) -> None:
    with answering({"error": EVIL}, 500) as url:
        shown = on_a_terminal(machine, *arguments, "--ledger", url)
    assert shown
    assert invisible(shown) == set()


def test_what_a_classification_says_of_a_name_is_shown_without_them(machine: Machine) -> None:
    seen: dict[str, object] = {"host": "github.com", "owner": "jane", "name": EVIL, "root_commits": [], "users": 1}
    seen |= {"label": None, "reason": None}
    with answering([seen], elsewhere=[]) as url, github({"acme": ["api"]}) as fake:
        fake.fail("repos/jane", 451, 9, "Blocked")
        words = ("classify", "--org", "acme", "--github-url", fake.url, "--ledger", url, "--dry-run")
        shown = on_a_terminal(machine, *words, GITHUB_TOKEN=TOKEN)
    assert f"GitHub refuses to look up jane/{LINE} (451: Blocked)" in shown
    assert invisible(shown) == set()


def test_alerts_are_shown_without_them(machine: Machine) -> None:
    alert = {"alert": EVIL, "state": "firing", "silenced": False, "since": "2026-11-22T12:00:00", "summary": EVIL}
    with answering({"alerts": [alert], "given_up": 0}) as url:
        shown = on_a_terminal(machine, "alerts", "check", "--ledger", url)
    assert invisible(shown) == set()
    assert shown.count(LINE) == 2


@pytest.mark.parametrize("arguments", [("hook", "status"), ("doctor",)])
def test_what_a_receiver_said_is_shown_without_them(machine: Machine, arguments: tuple[str, ...]) -> None:
    machine.state.mkdir(parents=True)
    (machine.state / "last-flush.json").write_text(json.dumps([time.time(), 0, EVIL]))
    shown = on_a_terminal(machine, *arguments)
    assert invisible(shown) == set()
    assert LINE in shown
