"""Query a ledger over HTTP."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urljoin, urlsplit

import requests
import truststore

from whence_contract.address import PlainHTTPError, allows_plain_http, authorization, goes_direct

DEFAULT_LEDGER = "http://127.0.0.1:4318"
ANSWER_SECONDS = 60
TRANSFER_SECONDS = 3600
"""Timeout between two chunks of a backup."""
_CONNECT_SECONDS = 30
_UNAUTHORIZED = frozenset({401, 403})

Role = Literal["ingest", "read", "admin"]
Parameters = Sequence[tuple[str, Any]] | Mapping[str, Any]


class LedgerError(Exception):
    """A request to the ledger failed; the message says why and what to do.

    ``status``: the HTTP status; ``None`` if there was no response or nothing was sent.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Ledger:
    """A connection to a ledger, used in ``with``. It bypasses proxies for this machine and follows no redirects."""

    def __init__(self, url: str, role: Role, token: str | None = None, plain_http: bool | None = None) -> None:
        """Connect as ``role``, with the environment's token for it (such as ``WHENCE_READ_TOKEN``) unless one is given.

        ``plain_http``: whether the token may be sent unencrypted to another machine; by default from the environment.
        """
        self.url = url.rstrip("/")
        self.role = role
        self._token = os.environ.get(self._variable) if token is None else token
        self._plain_http = allows_plain_http(os.environ) if plain_http is None else plain_http
        # Trust the machine's certificate authorities, such as a company's own.
        truststore.inject_into_ssl()
        self._session = requests.Session()
        self._session.trust_env = not goes_direct(url)
        # A token from ~/.netrc would replace ours.
        self._session.auth = lambda request: request

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    @property
    def _variable(self) -> str:
        return f"WHENCE_{self.role.upper()}_TOKEN"

    def send(self, method: str, path: str, *, timeout: int = ANSWER_SECONDS, **more: Any) -> requests.Response:
        """Send one request and return the response, with any status.

        ``path``: below the ledger's address, or a full URL. Raises ``LedgerError`` if there is no response or the token
        would be exposed.
        """
        url = path if "://" in path else self.url + path
        try:
            headers = authorization(self.url, self._token, self._plain_http) | more.pop("headers", {})
            return self._session.request(
                method, url, headers=headers, timeout=(_CONNECT_SECONDS, timeout), allow_redirects=False, **more
            )
        except PlainHTTPError as error:
            raise LedgerError(str(error)) from error
        except (requests.RequestException, ValueError) as error:
            raise self._unanswered(error) from error

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Send one request and return the JSON response; ``None`` if it is empty. Raises ``LedgerError``."""
        return self._content(self.send(method, path, **more))

    def pages(self, path: str, parameters: Parameters | None = None) -> Iterator[Any]:
        """Yield the pages of a response: lists of rows, or one object. Raises ``LedgerError``."""
        after: str | None = path
        while after:
            answer = self.send("GET", after, params=parameters)
            yield self._content(answer)
            # The link contains the parameters.
            after, parameters = self._next(answer), None

    def rows(self, path: str, parameters: Parameters | None = None, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the rows of all pages, at most ``limit``. Raises ``LedgerError``."""
        rows: list[dict[str, Any]] = []
        for page in self.pages(path, parameters):
            if not isinstance(page, list):
                raise LedgerError(
                    f"{self.url}{path} does not answer with a list. Is it a whence ledger of this version?"
                )
            rows += page
            if limit is not None and len(rows) >= limit:
                break
        return rows[:limit]

    @contextmanager
    def download(self, path: str) -> Iterator[Iterator[bytes]]:
        """Yield the chunks of a long response as they arrive. Raises ``LedgerError``."""
        with self.send("GET", path, stream=True, timeout=TRANSFER_SECONDS) as answer:
            self._check(answer)
            try:
                yield answer.iter_content(1 << 20)
            except requests.RequestException as error:
                raise self._unanswered(error) from error

    def _next(self, answer: requests.Response) -> str | None:
        """Return the URL of the next page. https://www.rfc-editor.org/rfc/rfc8288"""
        link = answer.links.get("next", {}).get("url")
        if link is None:
            return None
        after = urljoin(answer.url, link)
        # Never send the token to another server.
        if urlsplit(after)[:2] != urlsplit(answer.url)[:2]:
            raise LedgerError(f"{answer.url} links to a next page on another server: {after}")
        return after

    def _content(self, answer: requests.Response) -> Any:
        self._check(answer)
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise LedgerError(f"{self.url} is not a ledger: its response is not JSON.", answer.status_code) from error

    def _check(self, answer: requests.Response) -> None:
        """Raise ``LedgerError`` unless the status is 2xx."""
        status = answer.status_code
        if 200 <= status < 300:
            return
        if status in _UNAUTHORIZED:
            raise LedgerError(f"{self.url} requires its {self.role} token. Set it in {self._variable}.", status)
        raise LedgerError(f"{self.url} answered {status}: {self._reason(answer)}", status)

    @staticmethod
    def _reason(answer: requests.Response) -> str:
        try:
            return str(answer.json()["error"])
        except (ValueError, KeyError, TypeError, requests.RequestException):
            return f"no reason given ({answer.url})"

    def _unanswered(self, error: Exception) -> LedgerError:
        if isinstance(error, ValueError) and not isinstance(error, requests.JSONDecodeError):
            return LedgerError(f"{self.url!r} is not a valid address: write http://HOST:PORT or https://HOST.")
        if isinstance(error, requests.exceptions.SSLError):
            return LedgerError(
                f"{self.url} cannot be reached over TLS. Check that it speaks https and that this machine trusts its "
                f"certificate. ({error})"
            )
        return LedgerError(f"No ledger answers at {self.url} ({type(error).__name__}). Start one: whence serve")
