"""The Collector's own ClickHouse exporter writes into ClickHouse's own engine, over HTTP, and whence reads it there."""

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import httpx
import pytest

from builders.claude_code import NEWEST_CLAUDE, Session, run_session
from builders.collector import COLLECTOR, ROOT, TOKEN, running_collector
from builders.git_repository import make_repository
from builders.history import EXPORTER, drop_all
from builders.ledger import Ledger, free_port, running_ledger
from builders.machine import Machine
from builders.rounds import rounds
from builders.sender import Sender, finish
from fakes.clickhouse_http import clickhouse_over_http
from fakes.messages_api import ToolCall, messages_api
from fakes.telemetry_tap import telemetry_tap

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not COLLECTOR.exists(), reason="no Go, so tests/run could not build the Collector"),
]
CONFIGURATION = ROOT / "deploy/ledger/collector.yaml"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
REPORTS = ("overview", "usage", "tools", "users", "repositories", "sessions", "commits")
KILLS = rounds(2, 30)
EXPORTED = ("otel_metrics_sum", "otel_logs", "otel_traces")


@pytest.fixture
def client() -> Iterator[Any]:
    """ClickHouse's own engine with nothing in it, before and after."""
    with closing(clickhouse_connect.get_client(interface="chdb")) as engine:
        engine.command("DROP DATABASE IF EXISTS otel")
        drop_all(engine)
        yield engine
        engine.command("DROP DATABASE IF EXISTS otel")


def addresses(clickhouse: str) -> dict[str, str]:
    """What the configuration takes from its environment, besides the token."""
    endpoint = f"http://{urlsplit(clickhouse).netloc}"
    return {"CLICKHOUSE_ENDPOINT": endpoint, "CLICKHOUSE_USER": "default", "CLICKHOUSE_PASSWORD": "any"}


def store(clickhouse: str) -> str:
    """The Collector's database, for whence."""
    return clickhouse.replace("/default", "/otel")


def asked(clickhouse: str, statement: str) -> list[list[str]]:
    """The answer of ClickHouse, as text."""
    answer = httpx.post(f"http://{urlsplit(clickhouse).netloc}/?database=otel", content=statement)
    assert answer.status_code == 200, answer.text
    return [line.split("\t") for line in answer.text.splitlines()]


def rows(clickhouse: str, tables: tuple[str, ...], final: str = "") -> list[int]:
    """How many rows each table has."""
    return [int(asked(clickhouse, f"SELECT count() FROM {table} {final}")[0][0]) for table in tables]  # noqa: S608


def kept(clickhouse: str) -> list[int]:
    """How many data points, events and spans whence has, each once."""
    return rows(clickhouse, ("whence_points", "whence_events", "whence_spans"), "FINAL")


def wait_until(wanted: Any, found: Any) -> None:
    """Wait until ``found()`` is ``wanted``."""
    deadline = time.monotonic() + 180
    while (last := found()) != wanted:
        assert time.monotonic() < deadline, (last, wanted)
        time.sleep(0.5)


def session_through(collector: str, folder: Path) -> tuple[Session, list[tuple[str, bytes]]]:
    """Run the newest client, with the hook, on a machine that sends to the Collector; return the session and what was
    sent."""
    machine = Machine(folder / "home")
    machine.home.mkdir()
    api, game = (make_repository(folder / name, f"https://github.com/acme/{name}") for name in ("api", "game"))
    script = [
        [ToolCall("Read", {"file_path": f"{api}/README.md"})],
        [ToolCall("Write", {"file_path": f"{game}/new.txt", "content": "one\ntwo\n"})],
        [ToolCall("Bash", {"command": f"ls {game}", "description": "look"})],
    ]
    with telemetry_tap(collector) as tap, messages_api({"mixed": script}) as url:
        assert machine.whence("install", "--endpoint", tap.url, "--token", TOKEN).returncode == 0
        session = run_session(machine, url, api, "SCRIPT:mixed", NEWEST_CLAUDE)
        assert machine.flush().returncode == 0
        return session, list(tap.bodies)


def send(requests: list[tuple[str, bytes]], url: str) -> None:
    headers = AUTHORIZED | {"Content-Type": "application/x-protobuf"}
    for path, body in requests:
        assert httpx.post(url + path, content=body, headers=headers).status_code == 200


def totals(ledger: Ledger) -> dict[str, Any]:
    found = ledger.get("overview")
    return {name: found[name] for name in ("sessions", "cost_usd", "tokens")}


def test_the_newest_client_through_the_exporter_gives_the_figures_of_the_direct_ledger(
    client: Any, tmp_path: Path
) -> None:
    with (
        clickhouse_over_http() as clickhouse,
        # It creates the database and its tables.
        running_collector(CONFIGURATION, tmp_path, **addresses(clickhouse)) as collector,
        running_ledger(tmp_path / "through", "--store", store(clickhouse)) as through,
        running_ledger(tmp_path / "direct") as direct,
    ):
        session, requests = session_through(collector.url, tmp_path)
        send(requests, direct.url)
        assert totals(direct)["cost_usd"] == pytest.approx(session.cost_usd)
        wait_until(totals(direct), lambda: totals(through))
        wait_until(direct.get("repositories"), lambda: through.get("repositories"))
        for report in REPORTS:
            assert through.get(report) == direct.get(report), report
        assert {row["repository"] for row in through.get("repositories")} == {"acme/api", "acme/game"}
        # What comes a second time, through the Collector or to whence itself, counts once.
        once, stored = rows(clickhouse, EXPORTED), kept(clickhouse)
        send(requests, through.url)
        send(requests, collector.url)
        wait_until([2 * count for count in once], lambda: rows(clickhouse, EXPORTED))
        assert kept(clickhouse) == stored
        assert min(stored) > 0


def test_nothing_is_lost_or_doubled_when_the_collector_is_killed_and_clickhouse_goes_away(
    client: Any, tmp_path: Path
) -> None:
    chance, port = random.Random(13), free_port()  # noqa: S311 no secret
    senders = [Sender(number, AUTHORIZED, pause=0.05) for number in range(2)]
    with ExitStack() as running:
        clickhouse = running.enter_context(clickhouse_over_http())
        for kill in range(KILLS + 1):
            with running_collector(CONFIGURATION, tmp_path, "", port, **addresses(clickhouse)) as collector:
                if kill == 0:
                    for sender in senders:
                        sender.urls = (collector.url,)
                        sender.start()
                time.sleep(chance.uniform(0.3, 1.5))
                if kill == KILLS:
                    running.close()
                    sent = finish(senders, more=5)
                collector.kill()
        running.enter_context(clickhouse_over_http(urlsplit(clickhouse).port or 0))
        with (
            running_collector(CONFIGURATION, tmp_path, "", port, **addresses(clickhouse)),
            running_ledger(tmp_path / "data", "--store", store(clickhouse)) as ledger,
        ):
            wait_until([2 * sent, sent, sent], lambda: kept(clickhouse))
            wait_until(sent * 1.5, lambda: ledger.get("overview")["cost_usd"])
            assert ledger.costs() == {"acme/api": sent * 1.5}


def test_the_tables_that_tests_fill_have_columns_of_the_exporters(client: Any, tmp_path: Path) -> None:
    with clickhouse_over_http() as clickhouse:
        with running_collector(CONFIGURATION, tmp_path, **addresses(clickhouse)):
            pass
        columns = "SELECT table, name, type FROM system.columns WHERE table LIKE 'otel_%' AND database = "
        real = asked(clickhouse, f"{columns}'otel'")
        for statement in EXPORTER.read_text().split(";\n"):
            if statement.strip():
                client.command(statement)
        ours = asked(clickhouse, f"{columns}'default'")
    drop_all(client)
    assert [one for one in ours if one not in real] == []
    assert len(ours) > 20
