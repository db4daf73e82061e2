"""Turns: a limit on questions at once, a fair queue, and an end for questions that nobody waits for."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
import uvicorn

from builders import event_loop
from builders.ledger import free_port, running_ledger
from builders.telemetry import EVER, NOON, cost, metrics
from whence_ledger.access.auth import Tokens
from whence_ledger.dashboard.look import Answers
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_metrics
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.store.database import Interruption
from whence_ledger.store.store import Store
from whence_ledger.store.turns import MAX_WAITING, PLACES, BusyError, Turns
from whence_ledger.web.server import create_server

READERS = 64
LIMIT_SECONDS = 300
ENDLESS = "SELECT count(*) FROM range(1000000000000000) AS numbers(number) WHERE number % 7 = 8"


class Gated:
    """A store that notes what it is asked, and answers when ``gate`` is open."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()

    def ask(
        self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None
    ) -> list[dict[str, Any]]:
        """Wait, then answer."""
        self.asked.append(question)
        assert self.gate.wait(LIMIT_SECONDS)
        return [{"question": question}]

    def ask_together(
        self, asked: Sequence[tuple[str, Query]], interruption: Interruption | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Answer one after the other, noted as one."""
        self.asked.append(" + ".join(question for question, _ in asked))
        assert self.gate.wait(LIMIT_SECONDS)
        for question, _ in asked:
            yield [{"question": question}]


class Endless(Store):
    """A ledger whose overview never ends."""

    begun = 0

    def ask(
        self, question: str, query: Query = EVERYTHING, interruption: Interruption | None = None
    ) -> list[dict[str, Any]]:
        """Ask DuckDB itself for something endless."""
        if question != "overview":
            return super().ask(question, query, interruption)
        assert interruption
        with self._database.cursor() as cursor:
            interruption.begin(cursor)
            self.begun += 1
            cursor.execute(ENDLESS)
        return []


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            await test()

    event_loop.run(limited())


def test_viewers_take_turns_however_many_questions_one_of_them_has() -> None:
    async def test() -> None:
        store = Gated()
        turns = Turns(store, places=1)
        first = asyncio.create_task(turns.ask("crowd", "first"))
        await asyncio.sleep(0)
        crowd = [asyncio.create_task(turns.ask("crowd", f"crowd {number}")) for number in range(50)]
        await asyncio.sleep(0)
        single = [asyncio.create_task(turns.ask("single", f"single {number}")) for number in range(2)]
        await asyncio.sleep(0)
        store.gate.set()
        answers = await asyncio.gather(first, *crowd, *single)
        assert len(answers) == 53
        assert store.asked[:5] == ["first", "crowd 0", "single 0", "crowd 1", "single 1"]

    run(test)


def test_questions_about_one_user_that_are_asked_at_once_are_answered_together_and_others_are_not() -> None:
    async def test() -> None:
        store = Gated()
        turns = Turns(store, places=1, grouped=store)
        ada, bob = Query(users=("ada",)), Query(users=("bob",))
        asked = [("ada", ada), ("all", EVERYTHING), ("bob", bob), ("also ada", ada), ("also all", EVERYTHING)]
        tasks = [asyncio.create_task(turns.ask("viewer", *one)) for one in asked]
        tasks[3].cancel()
        tasks.append(asyncio.create_task(turns.ask("viewer", "last of ada", ada)))
        store.gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(answers.pop(3), asyncio.CancelledError)
        assert answers == [[{"question": name}] for name in ("ada", "all", "bob", "also all", "last of ada")]
        assert store.asked == ["ada + last of ada", "all", "bob", "also all"]

    run(test)


def test_a_store_that_groups_no_questions_answers_each_by_itself() -> None:
    async def test() -> None:
        store = Gated()
        turns = Turns(store, places=2)
        asked = [asyncio.create_task(turns.ask("viewer", name, Query(users=("ada",)))) for name in ("a", "b", "c")]
        while len(store.asked) < 2:
            await asyncio.sleep(0.01)
        assert sorted(store.asked) == ["a", "b"]
        store.gate.set()
        assert await asyncio.gather(*asked) == [[{"question": name}] for name in ("a", "b", "c")]

    run(test)


def test_no_more_questions_than_places_are_asked_at_once_and_too_many_waiting_are_told_so() -> None:
    async def test() -> None:
        store = Gated()
        turns = Turns(store, places=3)
        asked = [asyncio.create_task(turns.ask("a", str(number))) for number in range(MAX_WAITING + 3)]
        while len(store.asked) < 3:
            await asyncio.sleep(0.01)
        with pytest.raises(BusyError):
            await turns.ask("b", "one more")
        assert len(store.asked) == 3
        store.gate.set()
        await asyncio.gather(*asked)
        assert len(store.asked) == MAX_WAITING + 3

    run(test)


def test_a_question_that_is_given_up_is_interrupted_and_frees_its_place(tmp_path: Path) -> None:
    store = Endless(tmp_path / "ledger.duckdb")

    async def test() -> None:
        turns = Turns(store, places=1)
        for _ in range(3):
            endless = asyncio.create_task(turns.ask("a", "overview"))
            waiting = asyncio.create_task(turns.ask("a", "cost"))
            begun = store.begun
            while store.begun == begun:
                await asyncio.sleep(0.01)
            endless.cancel()
            waiting.cancel()
            assert (await turns.ask("b", "cost"))[0]["sessions"] == 0

    run(test)
    store.close()


def test_what_several_viewers_of_the_dashboard_wait_for_ends_when_the_last_of_them_leaves(tmp_path: Path) -> None:
    store = Endless(tmp_path / "ledger.duckdb")

    async def test() -> None:
        answers = Answers(Turns(store, places=1))
        waiting = [asyncio.create_task(answers.ask(f"ada {tab}", "overview", EVERYTHING)) for tab in range(2)]
        while not store.begun:
            await asyncio.sleep(0.01)
        answers.leave("ada 0")
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in waiting)
        answers.leave("ada 1")
        assert (await answers.ask("bob 0", "cost", EVERYTHING))[0]["sessions"] == 0
        assert store.begun == 1

    run(test)
    store.close()


@contextmanager
def serving(store: Store) -> Iterator[int]:
    """The server over ``store``, in a thread; gives its port."""
    port = free_port()
    config = uvicorn.Config(create_server(store, Tokens()), port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(LIMIT_SECONDS)


def test_clients_that_hang_up_free_the_places_of_their_questions(tmp_path: Path) -> None:
    store = Endless(tmp_path / "ledger.duckdb")
    with serving(store) as port:
        url = f"http://127.0.0.1:{port}/api/v1/cost"
        deadline = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                assert httpx.get(url, timeout=LIMIT_SECONDS).status_code == 200
                break
        for attempt in range(1, 3):
            clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(PLACES * 3)]
            for client in clients:
                client.sendall(f"GET /api/v1/overview HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            while store.begun < PLACES * attempt and time.monotonic() < deadline:
                time.sleep(0.01)
            for client in clients:
                client.close()
            assert httpx.get(url, timeout=LIMIT_SECONDS).status_code == 200


def near(value: Any) -> Any:
    """An answer with quotients but for the last digits of their sums."""
    if isinstance(value, list):
        return [near(item) for item in value]
    if isinstance(value, dict):
        return {name: near(item) for name, item in value.items()}
    return f"{value:.6g}" if isinstance(value, float) else value


@pytest.mark.slow
def test_many_readers_at_once_all_get_the_right_figures_while_telemetry_comes_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = Store(data / "ledger.duckdb")
    for rows in history(organization(15), date.today() - timedelta(days=2), 2):
        store.insert(rows)
        store.tidy(timedelta(0))
    store.close()
    # Telemetry of today, which the range that is asked for leaves out.
    asked = {"to": (date.today() - timedelta(days=1)).isoformat()}
    reports = ("overview", "users", "repositories", "sessions", "insights", "series/user", "labels", "tools")
    with running_ledger(data) as ledger:
        right = {report: ledger.get(report, **asked) for report in reports}
        over = threading.Event()

        def send() -> int:
            sent = 0
            while not over.is_set():
                at = time.time_ns() - sent
                ledger.accept("metrics", metrics(cost(1.0, f"new-{sent % 50}", at=at)))
                sent += 1
            return sent

        def read(number: int) -> None:
            report = reports[number % len(reports)]
            answer = httpx.get(f"{ledger.url}/api/v1/{report}", params=asked, timeout=LIMIT_SECONDS)
            assert answer.status_code == 200, answer.text
            assert near(answer.json()) == near(right[report])

        with ThreadPoolExecutor(READERS + 1) as threads:
            sending = threads.submit(send)
            try:
                list(threads.map(read, range(READERS)))
            finally:
                over.set()
            sent = sending.result()
        today = {"from": asked["to"], "user": "u-1"}
        assert ledger.get("overview", **today)["cost_usd"] == sent


def test_questions_that_waited_together_are_answered_from_one_division_and_a_later_one_sees_more(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path / "ledger.duckdb")

    def insert(at: int) -> None:
        store.insert(decode_metrics(metrics(cost(1.0, at=NOON + at)), True, EVER).rows)

    def cost_for(question: Interruption | None = None) -> float:
        return float(store.ask("overview", EVERYTHING, question)[0]["cost_usd"])

    insert(1)
    first, second = Interruption(), Interruption()
    assert cost_for(first) == 1
    insert(2)
    later = Interruption()
    assert cost_for(second) == 1
    assert cost_for(later) == cost_for() == 2
    store.close()


def test_interrupting_before_or_after_a_question_harms_nobody(tmp_path: Path) -> None:
    store = Store(tmp_path / "ledger.duckdb")
    early, late = Interruption(), Interruption()
    early.interrupt()
    with pytest.raises(duckdb.InterruptException):
        store.ask("overview", EVERYTHING, early)
    assert store.ask("overview", EVERYTHING, late)[0]["sessions"] == 0
    late.interrupt()
    assert store.ask("overview")[0]["sessions"] == 0
    store.close()
