"""Wrong answers from GitHub, a gateway or a proxy: a clear message, no traceback, and no label changes."""

import copy
import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from github import Auth
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.machine import Machine
from builders.rounds import rounds
from fakes.github import TOKEN
from fakes.raw_server import raw_server
from fakes.recorded_github import recorded
from whence_classifier.error import ClassifierError
from whence_classifier.github import github as module
from whence_classifier.github import parse
from whence_classifier.github.github import GitHub
from whence_classifier.github.inventory import list_organization, organizations_of
from whence_classifier.github.lookup import look_up
from whence_classifier.github.retry import Budget
from whence_contract.repository import Repository

ORGANIZATION = recorded("get-organization")[0].body
REPOSITORY = recorded("get-repository")[0].body
DEEP = b"[" * 200_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "cut JSON": json.dumps(ORGANIZATION).encode()[:700],
    "deep JSON": DEEP,
    "deep objects": b'{"id":' * 100_000,
    "a number of 10,000 digits": b'{"id": ' + b"9" * 10_000 + b"}",
    "no UTF-8": b'{"login": "\xff\xfe"}',
    "null": b"null",
    "a string": b'"acme"',
    "a list": b"[]",
    "an object": b"{}",
    "a list of null": b"[null]",
    "NaN": b'{"id": NaN, "login": "acme", "html_url": "https://github.com/acme"}',
    "too large": b'{"a": "' + b"x" * 2_000_000 + b'"}',
}
HEADERS: dict[str, str] = {
    "Retry-After": "9" * 400,
    "X-RateLimit-Remaining": "nan",
    "X-RateLimit-Limit": "inf",
    "X-RateLimit-Reset": "9" * 400,
    "X-GitHub-SSO": "\x7f; url=",
    "Link": "<<<>>>; rel",
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between attempts, and accept less."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_answer_is_named_wherever_it_comes(name: str) -> None:
    body = BODIES[name]
    with raw_server(200, body) as url, closing(GitHub(url, Auth.Token(TOKEN))) as connection:
        for asked in (lambda: list_organization(connection, "acme"), lambda: organizations_of(connection, "group")):
            with pytest.raises(ClassifierError) as raised:
                asked()
            assert str(raised.value).endswith((".", "?"))
            assert len(str(raised.value)) < 500
        looked = look_up(connection, [Repository("github.com", "jane", "game")], {}, ["acme"])
    assert looked.found == {}
    assert looked.refused.keys() == {"github.com/jane/game"}


@pytest.mark.parametrize("status", [200, 204, 206, 301, 302, 304, 400, 403, 404, 410, 418, 429, 500, 503, 599])
@pytest.mark.parametrize("location", ["", "http://[", "https://evil.example/x", "/repositories/1", "//\x7f"])
def test_no_status_and_no_header_ends_in_a_traceback(status: int, location: str) -> None:
    headers = HEADERS | {"Location": location}
    with raw_server(status, b"{}", headers) as url, closing(GitHub(url, Auth.Token(TOKEN), Budget(0))) as connection:
        with pytest.raises(ClassifierError):
            list_organization(connection, "acme")
        look_up(connection, [Repository("github.com", "jane", "game")], {}, ["acme"])


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00" * 1000,
        b"HTTP/9.9 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_what_is_hardly_http_is_named(answer: bytes) -> None:
    with (
        raw_server(0, answer) as url,
        closing(GitHub(url, Auth.Token(TOKEN))) as connection,
        pytest.raises(ClassifierError, match=r"cannot be reached, or closed the connection|did not answer with JSON"),
    ):
        list_organization(connection, "acme")


@pytest.mark.parametrize("head", [b"", b"Content-Length: 900000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_an_answer_that_never_ends_is_given_up(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    more = b"1\r\n \r\n" if b"chunked" in head else b" "
    begin = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n"
    with (
        raw_server(0, begin, endless=more) as url,
        closing(GitHub(url, Auth.Token(TOKEN))) as connection,
        pytest.raises(ClassifierError, match="cannot be reached, or closed the connection"),
    ):
        list_organization(connection, "acme")


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("zipped", [True, False])
def test_an_answer_is_read_however_it_is_sent(chunked: bool, zipped: bool) -> None:
    body = json.dumps(ORGANIZATION).encode()
    body = gzip.compress(body) if zipped else body
    head = b"Content-Encoding: gzip\r\n" if zipped else b""
    if chunked:
        pieces = [body[place : place + 100] for place in range(0, len(body), 100)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
        head += b"Transfer-Encoding: chunked\r\n"
    else:
        head += b"Content-Length: %d\r\n" % len(body)
    with raw_server(0, b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body) as url:
        connection = GitHub(url, Auth.Token(TOKEN))
        with closing(connection):
            assert connection.get("/orgs/acme").body == ORGANIZATION


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of a value in a body."""
    yield at
    for key, one in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from places(one, (*at, key))


WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.integers()),
    st.just({}),
    st.sampled_from(["../..", "a/b/c", "\ud800", "acme\x1b[31m/api", "https://[", "x" * 10_000, -1, 2**70, "1"]),
)


def changed(body: Any, place: tuple[Any, ...], value: Any, remove: bool) -> Any:
    if not place:
        return value
    body = copy.deepcopy(body)
    node = body
    for step in place[:-1]:
        node = node[step]
    if remove:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return body


@settings(max_examples=rounds(40, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_real_answer_with_anything_else_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    for read, body in (
        (parse.organization, ORGANIZATION),
        (parse.listing, [REPOSITORY]),
        (parse.repository, REPOSITORY | {"parent": REPOSITORY, "source": None}),
        (parse.logins, {"nodes": [{"login": "acme"}], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}),
    ):
        place = data.draw(st.sampled_from(sorted(places(body), key=str)))
        wrong = changed(body, place, data.draw(WRONG), data.draw(st.booleans()))
        try:
            found = read(wrong)
        except ClassifierError as error:
            assert str(error).endswith((".", "?"))
            assert str(error).isprintable()
        else:
            # Everything that was read can be shown, stored and compared.
            assert json.loads(json.dumps(found)) is not None
            assert "\x1b" not in json.dumps(found)


@pytest.mark.parametrize("name", ["HTML", "deep JSON", "an object", "a list of null"])
def test_the_command_says_it_in_one_line_and_changes_nothing(name: str, machine: Machine) -> None:
    (machine.home / "names").write_text("acme/api\n")
    arguments = ["--org", "acme", "--repositories", str(machine.home / "names")]
    with raw_server(200, BODIES[name], {"Content-Type": "text/html"}) as url:
        done = machine.whence("classify", *arguments, "--github-url", url, GITHUB_TOKEN=TOKEN)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert line.endswith("No label was changed.")
