"""Clients that open connections and do not use them, and those that come after them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from builders.ledger import Ledger, running_ledger
from builders.telemetry import NOON, cost, metrics

TIMEOUT = 120


def head(length: int) -> bytes:
    lines = ("POST /v1/metrics HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json")
    return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode()


HALVES = [b"", head(99)[:50], head(99) + b"{"]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("connection") / "data") as running:
        yield running


def opened(ledger: Ledger, source: str = "127.0.0.1") -> socket.socket:
    port = int(ledger.url.rsplit(":", 1)[1])
    return socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT, source_address=(source, 0))


def is_closed(connection: socket.socket) -> bool:
    """Wait until the server closes it."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.slow
def test_a_thousand_idle_half_requests_do_not_stop_ingest(tmp_path: Path) -> None:
    few_files = ("prlimit", "--nofile=1024:1024")
    with ExitStack() as crowd, running_ledger(tmp_path / "data", under=few_files) as ledger:
        for number in range(1_024):
            connection = crowd.enter_context(opened(ledger, "127.0.0.2"))
            connection.sendall(HALVES[number % 3])
            if number % 128 == 127:
                ledger.accept("metrics", metrics(cost(1.0, at=NOON + number)))
        for number in range(20):
            ledger.accept("metrics", metrics(cost(1.0, at=NOON + 10_000 + number)))
        assert ledger.get("overview")["cost_usd"] == 28


def test_the_address_with_the_most_connections_loses_its_oldest(tmp_path: Path) -> None:
    with ExitStack() as crowd, running_ledger(tmp_path / "data", under=("prlimit", "--nofile=200:200")) as ledger:
        patient = crowd.enter_context(opened(ledger))
        patient.sendall(HALVES[2])
        many = [crowd.enter_context(opened(ledger, "127.0.0.2")) for _ in range(200)]
        assert is_closed(many[0])
        patient.sendall(b" " * 97 + b"}")
        assert patient.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
@pytest.mark.parametrize("half", HALVES)
def test_a_request_that_does_not_go_on_is_given_up(ledger: Ledger, half: bytes) -> None:
    with opened(ledger) as connection:
        connection.sendall(half)
        assert is_closed(connection)


@pytest.mark.slow
def test_a_request_that_comes_byte_by_byte_is_given_up(ledger: Ledger) -> None:
    with opened(ledger) as connection:
        connection.sendall(head(9_999))
        deadline = time.monotonic() + TIMEOUT
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() < deadline:
                connection.sendall(b" ")
                time.sleep(0.5)


def test_a_head_without_end_takes_no_memory(ledger: Ledger) -> None:
    before = ledger.peak_memory
    with opened(ledger) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(100 * 16):
                connection.sendall(b"x" * 65536)
    assert ledger.peak_memory - before < 16 * 1024 * 1024


def test_many_requests_on_one_connection_are_all_answered(ledger: Ledger) -> None:
    with opened(ledger) as connection:
        body = metrics(cost(1.0))
        connection.sendall((head(len(body)) + body) * 50)
        received = b""
        while received.count(b"HTTP/1.1 200") < 50:
            received += connection.recv(65536)


@pytest.mark.slow
def test_a_slow_client_that_goes_on_sending_is_waited_for(ledger: Ledger) -> None:
    body = metrics(cost(1.0))
    body += b" " * (400_000 - len(body))
    with opened(ledger) as connection:
        connection.sendall(head(len(body)))
        for at in range(0, len(body), 10_000):
            connection.sendall(body[at : at + 10_000])
            time.sleep(1)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
