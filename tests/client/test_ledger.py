"""The client of a ledger, against a real server that answers what a test says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from whence_client.ledger import Ledger, LedgerError

Answer = tuple[int, dict[str, str], bytes]
PATH = "/whence/api/v1/users"


class Server(ThreadingHTTPServer):
    """Gives the answers in turn, the last again and again, and keeps what it was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.asked = answers, list[tuple[str, str | None]]()

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Authorization"]))
        answers = self.server.answers
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def answering(*answers: Answer) -> Iterator[Server]:
    with Server(list(answers)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def page(content: Any, link: str = "") -> Answer:
    return 200, {"Link": link} if link else {}, json.dumps(content).encode()


def test_a_list_is_read_from_as_many_pages_as_it_takes() -> None:
    links = ('<?user=a&skip=1>; rel="next"', f'<{PATH}?skip=0>; rel="first", <?user=a&skip=2>; title="x"; rel=next')
    with (
        answering(page([{"n": 1}], links[0]), page([{"n": 2}], links[1]), page([{"n": 3}])) as server,
        Ledger(server.url, "read", "secret") as ledger,
    ):
        assert ledger.rows(PATH, [("user", "a")]) == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert [path for path, _ in server.asked] == [f"{PATH}?user=a", f"{PATH}?user=a&skip=1", f"{PATH}?user=a&skip=2"]
    assert {token for _, token in server.asked} == {"Bearer secret"}


def test_no_more_pages_are_read_than_asked_for() -> None:
    with (
        answering(page([{"n": 1}, {"n": 2}], '<?skip=2>; rel="next"')) as server,
        Ledger(server.url, "read", "") as ledger,
    ):
        assert ledger.rows(PATH, limit=3) == [{"n": 1}, {"n": 2}, {"n": 1}]
    assert len(server.asked) == 2


@pytest.mark.parametrize("to", ["http://other.example/x", "//other.example/x", "https://127.0.0.1/x"])
def test_a_page_of_another_server_is_refused(to: str) -> None:
    with (
        answering(page([{"n": 1}], f'<{to}>; rel="next"')) as server,
        Ledger(server.url, "read", "secret") as ledger,
        pytest.raises(LedgerError, match="another server"),
    ):
        ledger.rows(PATH)


@pytest.mark.parametrize("link", ['<?skip=10>; rel="prev"', "nonsense", '<?skip=1>; title="next"'])
def test_a_link_to_something_else_is_no_next_page(link: str) -> None:
    with answering(page([{"n": 1}], link)) as server, Ledger(server.url, "read", "") as ledger:
        assert ledger.rows(PATH) == [{"n": 1}]


def test_a_redirect_is_not_followed() -> None:
    with (
        answering((302, {"Location": "http://127.0.0.1:1/"}, b"")) as server,
        Ledger(server.url, "read", "secret") as ledger,
        pytest.raises(LedgerError, match="answered 302"),
    ):
        ledger.ask("GET", PATH)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (401, b"{}", "requires its read token. Set it in WHENCE_READ_TOKEN"),
        (403, b"", "requires its read token. Set it in WHENCE_READ_TOKEN"),
        (400, b'{"error": "No such user."}', "answered 400: No such user."),
        (502, b"<html>", "answered 502: no reason given"),
        (200, b"<html>", "is not a ledger"),
    ],
)
def test_what_the_ledger_answers_is_said_in_words(status: int, body: bytes, message: str) -> None:
    with (
        answering((status, {}, body)) as server,
        Ledger(server.url, "read", "") as ledger,
        pytest.raises(LedgerError, match=message) as raised,
    ):
        ledger.ask("GET", PATH)
    assert raised.value.status == status


def test_where_nothing_answers_it_says_how_to_start_a_ledger() -> None:
    with (
        Ledger("http://127.0.0.1:1", "read", "") as ledger,
        pytest.raises(LedgerError, match="Start one: whence serve") as raised,
    ):
        ledger.ask("GET", PATH)
    assert raised.value.status is None


@pytest.mark.parametrize("url", ["http://[", "nonsense", "ftp://127.0.0.1", "http://127.0.0.1:99999999"])
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    with Ledger(url, "read", "") as ledger, pytest.raises(LedgerError, match="is not a valid address") as raised:
        ledger.ask("GET", PATH)
    assert raised.value.status is None


def test_an_https_address_of_a_server_without_tls_says_what_to_check() -> None:
    with (
        answering((200, {}, b"{}")) as server,
        Ledger(server.url.replace("http:", "https:"), "read", "") as ledger,
        pytest.raises(LedgerError, match="cannot be reached over TLS"),
    ):
        ledger.ask("GET", PATH)


def test_a_token_is_not_sent_unencrypted_to_another_machine() -> None:
    with (
        Ledger("http://ledger.example", "read", "secret") as ledger,
        pytest.raises(LedgerError, match="nothing was sent"),
    ):
        ledger.ask("GET", PATH)


def test_a_ledger_on_this_machine_is_reached_past_every_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with answering(page({"is": "there"})) as server, Ledger(server.url, "read", "secret") as ledger:
        assert ledger.ask("GET", PATH) == {"is": "there"}
