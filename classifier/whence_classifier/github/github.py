"""A GitHub client: one request at a time, with retries under one time budget per run."""

import json
import logging
import os
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from github import Auth, Github, GithubException
from urllib3.exceptions import HTTPError

from whence_classifier.error import ClassifierError
from whence_classifier.github.direct import make_pygithub_direct, session_for
from whence_classifier.github.refusal import Reach, Refusal, message_of, refusal
from whence_classifier.github.retry import Budget, BudgetRetry
from whence_contract.address import PLAIN_HTTP, allows_plain_http, exposes_token

PER_PAGE = 100
TIMEOUT_SECONDS = 20
ANSWER_SECONDS = 120
"""Total time for one response; a socket timeout would restart with each byte."""
MAX_BYTES = 32 * 1024 * 1024
"""Largest response that is read; a page of 100 repositories has about 1 MiB."""
TRIES = 4
PATIENCE_SECONDS = 600.0
"""Total time that one run may wait for rate limits and retries, for all its GitHubs together."""
LOOK_TRIES = 2
LOOK_PATIENCE_SECONDS = 10.0
"""How long to wait before retrying a failed look-up."""
MAX_REDIRECTS = 3
# https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
_BY_ID = re.compile(r"/(?:repositories|organizations)/[0-9]+(?:/repos|/pulls)?/?$")


# PyGithub logs every retry of a request for an installation's token.
logging.getLogger("github").setLevel(logging.WARNING)
make_pygithub_direct()


class Answer(NamedTuple):
    """A response. ``status``: 200, 304 (not modified since the ETag) or 404. ``headers``: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def etag(self) -> str | None:
        """Return the ETag for the next request."""
        return self.headers.get("etag")

    @property
    def has_next(self) -> bool:
        """Return whether the ``Link`` header names a next page."""
        return 'rel="next"' in self.headers.get("link", "")


class GitHub:
    """A GitHub with one token or App. Its requests share the run's time budget for waiting.

    PyGithub requests the tokens of an App, with its own retry. We send the other requests ourselves: PyGithub refuses a
    redirect to another host, reads responses of any size, waits for a 202 without limit, and retries neither a 429 nor
    a response that breaks off.
    """

    def __init__(self, url: str, auth: Auth.Auth, budget: Budget | None = None) -> None:
        """``url``: address of the web site. ``budget``: the run's. Raises ``ClassifierError`` if the address is invalid
        or would expose the token."""
        self.url = url
        self.api_url = api_url(url)
        self._auth = auth
        self._budget = budget or Budget(PATIENCE_SECONDS)
        self._installations: dict[str, Auth.AppInstallationAuth] = {}
        retry = BudgetRetry(self._budget, total=TRIES - 1, backoff_factor=0.5)
        self._github = Github(auth=auth, base_url=self.api_url, timeout=TIMEOUT_SECONDS, retry=retry)
        if exposes_token(self.api_url) and not allows_plain_http(os.environ):
            raise ClassifierError(
                f"The GitHub token would be sent unencrypted to {url}: nothing was sent. Use an https:// address, "
                f"or set {PLAIN_HTTP}=1 to allow plain HTTP."
            )
        self._session = session_for(urlsplit(self.api_url).hostname or "", requests.Session())
        # Otherwise a ~/.netrc would replace the token.
        self._session.auth = lambda request: request
        self._session.headers.update({"Accept": "application/vnd.github+json", "User-Agent": "whence"})

    @property
    def is_app(self) -> bool:
        """Return whether the credentials are an App's, with its own tokens for each organization."""
        return isinstance(self._auth, Auth.AppAuth)

    def close(self) -> None:
        """Close the connections."""
        self._github.close()
        self._session.close()

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, etag: str | None = None, organization: str = ""
    ) -> Answer:
        """Send a GET request; with an App, as its installation in ``organization``. Raises ``ClassifierError``."""
        return _answer(self._ask("GET", self.api_url + path, self._as(organization), etag, params=parameters))

    def look(
        self,
        path: str,
        etag: str | None = None,
        organization: str = "",
        parameters: Mapping[str, Any] | None = None,
    ) -> Answer | Refusal:
        """Send a GET request that GitHub may refuse for this path alone; return the response or the refusal."""
        try:
            auth = self._as(organization)
            place, seconds = self.api_url + path, LOOK_PATIENCE_SECONDS
            return self._ask("GET", place, auth, etag, tries=LOOK_TRIES, longest=seconds, params=parameters)
        except ClassifierError as error:
            return Refusal(Reach.CREDENTIALS, str(error), str(error))

    def query(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Send a GraphQL query; return its ``data``. Raises ``ClassifierError``."""
        place = f"{self.api_url.removesuffix('/v3')}/graphql"
        content = {"query": query, "variables": dict(variables)}
        body = _answer(self._ask("POST", place, self._auth, json=content)).body
        if not isinstance(body, dict) or body.get("errors") or not isinstance(body.get("data"), dict):
            errors = body.get("errors") if isinstance(body, dict) else None
            first = message_of(errors[0]) if isinstance(errors, list) and errors else ""
            raise ClassifierError(f"{self.url} did not answer a GraphQL query: {first or 'it sent no data'}.")
        return dict(body["data"])

    def _as(self, organization: str) -> Auth.Auth:
        if not isinstance(self._auth, Auth.AppAuth) or not organization:
            return self._auth
        if organization not in self._installations:
            path = f"/orgs/{quote(organization)}/installation"
            found = _answer(self._ask("GET", self.api_url + path, self._auth))
            if found.status != 200:
                raise ClassifierError(f"The GitHub App is not installed in {organization}. Install it there.")
            number = _check_installation(found.body, organization)
            installation = Auth.AppInstallationAuth(self._auth, number)
            self._installations[organization] = installation.withRequester(self._github.requester)
        return self._installations[organization]

    def _ask(
        self,
        verb: str,
        place: str,
        auth: Auth.Auth,
        etag: str | None = None,
        *,
        tries: int = TRIES,
        longest: float = PATIENCE_SECONDS,
        **more: Any,
    ) -> Answer | Refusal:
        """Retry until there is an answer or waiting does not help; return the answer or the refusal.

        ``longest``: longest wait for a failure, in seconds.
        """
        tried = 0
        while True:
            tried += 1
            try:
                answer = self._send(verb, place, self._headers(auth, etag), **more)
            except (requests.RequestException, HTTPError, ValueError) as error:
                problem = f"{self.url} cannot be reached, or closed the connection ({type(error).__name__})."
                answer = Refusal(Reach.OUTAGE, problem, problem, 0.5 * 2**tried)
            if isinstance(answer, Answer):
                return answer
            longest = longest if answer.reach is Reach.OUTAGE else PATIENCE_SECONDS
            if not answer.wait or tried >= tries or answer.wait > longest or not self._budget.take(answer.wait):
                return answer
            time.sleep(answer.wait)

    def _headers(self, auth: Auth.Auth, etag: str | None) -> dict[str, str]:
        headers = {"If-None-Match": etag} if etag else {}
        try:
            auth.authentication(headers)
        except GithubException as error:
            headers = {name.lower(): str(one) for name, one in (error.headers or {}).items()}
            raise ClassifierError(refusal(self.url, error.status, headers, error.data).problem) from error
        except requests.RequestException:
            raise
        except Exception as error:
            # PyGithub raises arbitrary exceptions for malformed responses.
            name = type(error).__name__
            raise ClassifierError(f"{self.url} returned no usable token for the GitHub App ({name}).") from error
        return headers

    def _send(self, verb: str, place: str, headers: dict[str, str], **more: Any) -> Answer | Refusal:
        for _ in range(1 + MAX_REDIRECTS):
            with self._session.request(
                verb, place, headers=headers, timeout=TIMEOUT_SECONDS, stream=True, allow_redirects=False, **more
            ) as response:
                content = _read(response)
                status, received = response.status_code, {name.lower(): one for name, one in response.headers.items()}
            to = received.get("location", "") if status in {301, 302, 307, 308} else ""
            moved = _BY_ID.search(to.partition("?")[0])
            if not moved:
                break
            # GitHub names its own host, which may not be reachable from here, for example behind a gateway.
            place = self.api_url + moved[0]
        if to:
            shown = message_of({"message": to.partition("?")[0]})
            problem = f"{self.url} redirects to {shown}: use that address as --github-url."
            return Refusal(Reach.REQUEST, problem, f"{status}: a redirect to {shown}")
        if (status == 404 and "x-github-sso" not in received) or (status == 304 and "If-None-Match" in headers):
            return Answer(status, received, None)
        if status != 200:
            return refusal(self.url, status, received, content)
        try:
            return Answer(status, received, json.loads(content))
        except (ValueError, RecursionError):
            kind = message_of({"message": received.get("content-type", "of no type")})
            problem = f"{self.url} did not answer with JSON ({kind}). Is there a proxy in between?"
            return Refusal(Reach.OUTAGE, problem, f"an answer that is not JSON ({kind})", 1.0)


def api_url(github_url: str) -> str:
    """Return the REST address of github.com, of a GHE.com tenant, or of an Enterprise Server.

    https://docs.github.com/enterprise-server@latest/rest/enterprise-admin#endpoint-urls
    """
    try:
        parts = urlsplit(github_url if "://" in github_url else f"https://{github_url}")
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in {"http", "https"}:
        raise ClassifierError(f"{github_url!r} is not a GitHub address: write https://github.example.com")
    hosted = host.removeprefix("api.")
    if hosted == "github.com" or hosted.endswith(".ghe.com"):
        return f"https://api.{hosted}"
    # A path belongs to a gateway, or was copied from the API's address.
    path = parts.path.rstrip("/").removesuffix("/api/v3")
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{f':{port}' if port else ''}{path}/api/v3"


def _answer(answer: Answer | Refusal) -> Answer:
    if isinstance(answer, Refusal):
        raise ClassifierError(answer.problem)
    return answer


def _read(response: requests.Response) -> bytes:
    """Read the body. Raises ``ValueError`` if it is too large or takes too long."""
    ends = time.monotonic() + ANSWER_SECONDS
    content = bytearray()
    # iter_content would wait for a full chunk, however slowly it arrives.
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        content += chunk
        if len(content) > MAX_BYTES or time.monotonic() > ends:
            raise ValueError("The response is too large or too slow.")
    return bytes(content)


def _check_installation(installation: Any, organization: str) -> int:
    """Return the installation's id. https://docs.github.com/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app"""
    number = installation.get("id") if isinstance(installation, dict) else None
    if not isinstance(number, int):
        raise ClassifierError(f"GitHub's answer for the App's installation in {organization} has no id.")
    if installation.get("suspended_at"):
        raise ClassifierError(
            f"The GitHub App's installation in {organization} is suspended. Ask an owner to unsuspend it."
        )
    if installation.get("repository_selection") == "selected":
        raise ClassifierError(
            f"The GitHub App can access only some repositories of {organization}; the others would look as if they "
            "were not the organization's. Give it access to all repositories (metadata, read-only)."
        )
    return number
