"""Strangers at the ledger's door: what they send, and that nothing of it gets in, grows or stops the others."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from builders.ledger import JSON, Ledger, running_ledger
from builders.telemetry import NOON, cost, metrics

TOKENS = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
INGEST, READ, ADMIN = ({"Authorization": f"Bearer {token}"} for token in ("iii", "rrr", "aaa"))
MEBIBYTE = 1024 * 1024
TIMEOUT = 120
BODIES = [
    ("PUT", "/api/v1/labels", 401),
    ("POST", "/api/v1/alerts/silences", 401),
    ("PUT", "/api/v1/backup", 401),
    ("POST", "/v1/metrics", 401),
    ("DELETE", "/v1/sessions/whence-doctor-00", 401),
    ("POST", "/sign-in", 413),
    ("POST", "/sign-out", 413),
    ("POST", "/_nicegui/client/1/upload/1", 401),
    ("POST", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", 401),
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running_ledger(tmp_path_factory.mktemp("gate") / "data", **TOKENS) as running:
        yield running


@contextmanager
def opened(ledger: Ledger) -> Iterator[socket.socket]:
    host, port = ledger.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        yield connection


def head(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def status_of(connection: socket.socket) -> int:
    return int(connection.recv(65536).split()[1])


def cookie_of(ledger: Ledger, token: str) -> dict[str, str]:
    answer = httpx.post(f"{ledger.url}/sign-in", data={"token": token}, timeout=TIMEOUT)
    assert answer.status_code == 303
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def page_status(ledger: Ledger, headers: dict[str, str]) -> int:
    return httpx.get(ledger.url, headers=headers, timeout=TIMEOUT).status_code


@pytest.mark.parametrize(("method", "path", "status"), BODIES)
def test_a_large_body_is_refused_by_its_length_before_a_byte_of_it_comes(
    ledger: Ledger, method: str, path: str, status: int
) -> None:
    with opened(ledger) as connection:
        connection.sendall(head(method, path, f"Content-Length: {100 * MEBIBYTE}"))
        assert status_of(connection) == status


@pytest.mark.parametrize(("method", "path", "status"), [one for one in BODIES if one[1] != "/sign-out"])
def test_100_megabytes_in_chunks_are_refused_and_take_no_memory_while_ingest_goes_on(
    ledger: Ledger, method: str, path: str, status: int
) -> None:
    before, over = ledger.peak_memory, threading.Event()
    taken: list[int] = []

    def ingest() -> None:
        while not over.is_set():
            body = metrics(cost(1.0, at=NOON + time.monotonic_ns() % 10**9))
            answer = httpx.post(f"{ledger.url}/v1/metrics", content=body, headers=JSON | INGEST, timeout=TIMEOUT)
            taken.append(answer.status_code)

    client = threading.Thread(target=ingest)
    client.start()
    with opened(ledger) as connection:
        connection.sendall(head(method, path, "Transfer-Encoding: chunked"))
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        try:
            for _ in range(100 * MEBIBYTE // 65536):
                connection.sendall(piece)
            connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # Nobody has to listen to all of it.
        else:
            assert status_of(connection) == status
    over.set()
    client.join()
    assert taken
    assert set(taken) == {200}
    assert ledger.peak_memory - before < 48 * MEBIBYTE


def test_the_limit_holds_for_those_who_have_the_token_too(ledger: Ledger) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(2 * MEBIBYTE // 65536):
            yield b" " * 65536

    url = f"{ledger.url}/api/v1/alerts/silences"
    answer = httpx.post(url, content=pieces(), headers=ADMIN | JSON, timeout=TIMEOUT)
    assert (answer.status_code, "larger than" in answer.json()["error"]) == (413, True)


@pytest.mark.slow
@pytest.mark.parametrize("only", list(TOKENS))
def test_where_one_token_is_set_every_route_needs_one(tmp_path: Path, only: str) -> None:
    given = {"Authorization": f"Bearer {TOKENS[only]}"}
    with running_ledger(tmp_path / "data", **{only: TOKENS[only]}) as ledger:
        url = ledger.url

        def status(method: str, path: str, headers: dict[str, str] | None = None) -> int:
            return httpx.request(method, url + path, headers=headers, content=b"{}", timeout=TIMEOUT).status_code

        with running_ledger(tmp_path / "open") as other:
            paths = httpx.get(f"{other.url}/api/v1/openapi.json", timeout=TIMEOUT).json()["paths"]
        routes = [(method.upper(), path) for path, methods in paths.items() for method in methods]
        assert len(routes) > 15
        routes += [("POST", f"/v1/{signal}") for signal in ("metrics", "logs", "traces", "nothing")]
        routes += [("DELETE", "/v1/sessions/s"), ("GET", "/api/v1/openapi.json"), ("GET", "/api/nothing")]
        assert {status(method, path) for method, path in routes} == {401}
        assert {status("GET", path) for path in ("/", "/?x=/api/", "/nothing")} == {303}
        assert {status("GET", path) for path in ("/_nicegui/x/static/nicegui.js", "/_nicegui_ws/socket.io/")} == {401}
        # A role without a token is nobody's, whoever asks.
        missing = {"WHENCE_READ_TOKEN": "PUT", "WHENCE_ADMIN_TOKEN": "POST", "WHENCE_INGEST_TOKEN": "GET"}[only]
        path = {"PUT": "/api/v1/labels", "POST": "/v1/metrics", "GET": "/api/v1/overview"}[missing]
        answer = httpx.request(missing, url + path, headers=given, content=b"{}", timeout=TIMEOUT)
        assert (answer.status_code, "Create one with 'whence ledger token" in answer.json()["error"]) == (401, True)


@pytest.mark.parametrize("host", ["x/api/", "x/sign-in", "x/_nicegui/", "x/v1/metrics", "x/api/?", "127.0.0.1/api/"])
def test_a_host_header_does_not_open_the_page(ledger: Ledger, host: str) -> None:
    with opened(ledger) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert status_of(connection) in {303, 400}


@pytest.mark.parametrize(
    "path", ["//api/v1/overview", "/API/v1/overview", "/api/../", "/sign-in/../", "/%61pi/v1/overview", "/sign-in/x"]
)
def test_a_path_written_otherwise_opens_nothing(ledger: Ledger, path: str) -> None:
    with opened(ledger) as connection:
        connection.sendall(head("GET", path))
        assert status_of(connection) in {303, 401}


@pytest.mark.parametrize("cookie", ["9" * 5000, "9" * 5000 + "." + "0" * 64, "a.b.c", "..", "x" * 60_000])
def test_a_cookie_that_nobody_signed_is_none(ledger: Ledger, cookie: str) -> None:
    assert page_status(ledger, {"Cookie": f"whence_session={cookie}"}) == 303


def test_signing_out_ends_the_session_on_the_server_also_after_a_restart(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        ended, other = cookie_of(ledger, "rrr"), cookie_of(ledger, "rrr")
        assert page_status(ledger, ended) == page_status(ledger, other) == 200
        assert httpx.post(f"{ledger.url}/sign-out", headers=ended, timeout=TIMEOUT).status_code == 303
        assert (page_status(ledger, ended), page_status(ledger, other)) == (303, 200)
    with running_ledger(tmp_path / "data", **TOKENS) as ledger:
        assert (page_status(ledger, ended), page_status(ledger, other)) == (303, 200)
    with running_ledger(tmp_path / "data", **TOKENS | {"WHENCE_READ_TOKEN": "new"}) as ledger:
        assert page_status(ledger, other) == 303


def socket_of(ledger: Ledger, headers: dict[str, str]) -> Any:
    url = ledger.url.replace("http", "ws") + "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    return connect(url, additional_headers=headers, open_timeout=TIMEOUT, close_timeout=TIMEOUT, proxy=None)


def test_signing_out_closes_the_pages_that_are_open(ledger: Ledger) -> None:
    cookie = cookie_of(ledger, "rrr")
    with socket_of(ledger, cookie | {"Origin": ledger.url}) as page:
        assert page.recv(timeout=TIMEOUT).startswith("0{")
        httpx.post(f"{ledger.url}/sign-out", headers=cookie, timeout=TIMEOUT)
        with pytest.raises(ConnectionClosed):
            for _ in range(100):
                page.send("3")
                page.recv(timeout=TIMEOUT)


def test_the_pages_socket_answers_no_other_origin(ledger: Ledger) -> None:
    cookie = cookie_of(ledger, "rrr")
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
        with pytest.raises(InvalidStatus) as refused, socket_of(ledger, cookie | {"Origin": origin}):
            pass
        assert refused.value.response.status_code == 403
        polling = f"{ledger.url}/_nicegui_ws/socket.io/?EIO=4&transport=polling"
        answer = httpx.get(polling, headers=cookie | {"Origin": origin}, timeout=TIMEOUT)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]
    answer = httpx.get(polling, headers=cookie | {"Origin": ledger.url}, timeout=TIMEOUT)
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


def fetched(site: str, mode: str, dest: str) -> dict[str, str]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


def test_without_tokens_another_sites_page_can_ask_nothing(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("metrics", metrics(cost(1.0)))
        for site in ("cross-site", "same-site"):
            for mode, dest in (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe")):
                for path in ("/", "/api/v1/series?from=0001-01-01", "/_nicegui_ws/socket.io/", "/sign-in"):
                    answer = httpx.get(ledger.url + path, headers=fetched(site, mode, dest), timeout=TIMEOUT)
                    assert answer.status_code == 403, (site, mode, dest, path)
            link = fetched(site, "navigate", "document")
            # A link in a chat leads to the dashboard, and a form elsewhere to nothing.
            assert httpx.get(ledger.url, headers=link, timeout=TIMEOUT).status_code == 200
            assert httpx.get(f"{ledger.url}/api/v1/overview", headers=link, timeout=TIMEOUT).status_code == 403
            for path in ("/v1/metrics", "/api/v1/alerts/silences", "/sign-out"):
                assert httpx.post(ledger.url + path, headers=link, timeout=TIMEOUT).status_code == 403
        for site in ("same-origin", "none"):
            ours = fetched(site, "cors", "empty")
            assert httpx.get(f"{ledger.url}/api/v1/overview", headers=ours, timeout=TIMEOUT).status_code == 200
        # Older browsers say only where a request comes from.
        for origin in ("https://evil.example", "http://["):
            old = {"Origin": origin}
            assert httpx.post(f"{ledger.url}/api/v1/alerts/silences", headers=old, timeout=TIMEOUT).status_code == 403


def test_one_address_that_guesses_tokens_is_slowed_down_and_the_others_are_not(ledger: Ledger) -> None:
    def attempt(address: str, token: str) -> int:
        headers = {"X-Forwarded-For": f"spoofed, {address}"}
        return httpx.post(f"{ledger.url}/sign-in", data={"token": token}, headers=headers, timeout=TIMEOUT).status_code

    statuses = [attempt("192.0.2.7", "guess") for _ in range(60)]
    assert statuses[:20] == [401] * 20
    assert 429 in statuses[20:]
    assert attempt("192.0.2.8", "rrr") == 303


def test_one_address_that_floods_the_page_is_slowed_down_and_the_others_are_not(ledger: Ledger) -> None:
    def asked(method: str, path: str, address: str, **headers: str) -> httpx.Response:
        named = {"X-Forwarded-For": f"spoofed, {address}"} | headers
        return httpx.request(method, ledger.url + path, content=b"{}", headers=named, timeout=TIMEOUT)

    # No person asks as fast as this.
    request = head("GET", "/_nicegui/x/static/nicegui.js", "X-Forwarded-For: 192.0.2.9")
    deadline, is_slowed_down = time.monotonic() + TIMEOUT, False
    with opened(ledger) as connection:
        while not is_slowed_down and time.monotonic() < deadline:
            connection.sendall(request * 100)
            is_slowed_down = b" 429 " in answers(connection, 100)
    assert is_slowed_down
    assert asked("GET", "/", "192.0.2.10").status_code == 303
    # What programs ask is not counted: a developer who floods the page still sends figures.
    assert asked("POST", "/v1/metrics", "192.0.2.9", **JSON, **INGEST).status_code == 200
    # It passes.
    while (answer := asked("GET", "/", "192.0.2.9")).status_code == 429 and time.monotonic() < deadline + TIMEOUT:
        assert answer.headers["retry-after"] == "5"
    assert answer.status_code == 303


def answers(connection: socket.socket, number: int) -> bytes:
    received = b""
    while received.count(b"HTTP/1.1 ") < number or not received.endswith(b"}"):
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    return received
