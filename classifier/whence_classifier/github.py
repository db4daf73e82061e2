"""GitHub, as the classifier asks it: one request, retried for as long as a run has patience."""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from github import Auth, Github, GithubException

from whence_classifier.error import ClassifierError

PER_PAGE = 100
TIMEOUT_SECONDS = 20
TRIES = 4
PATIENCE_SECONDS = 600.0
"""How long one run may wait in all: for limits to be lifted and failures to pass."""
SECONDARY_LIMIT_SECONDS = 60.0
"""How long to wait where GitHub does not say: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately"""


# It tells each redirect that it follows.
logging.getLogger("github").setLevel(logging.WARNING)


class Answer(NamedTuple):
    """``status``: 200, 304 (nothing changed since that ETag) or 404. ``headers``: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def etag(self) -> str | None:
        """What to ask with next time."""
        return self.headers.get("etag")

    @property
    def has_next(self) -> bool:
        """True when the ``Link`` header names a next page."""
        return 'rel="next"' in self.headers.get("link", "")


class GitHub:
    """A GitHub with the credentials of one token or of one App; what it may wait is used up over its life."""

    def __init__(self, url: str, auth: Auth.Auth, patience: float = PATIENCE_SECONDS) -> None:
        """``url``: of the web site. Raises ``ClassifierError`` for what is no address."""
        self.url = url
        self._auth = auth
        self._patience = patience
        self._installations: dict[str, Github] = {}
        self._github = self._connect(auth)

    @property
    def is_app(self) -> bool:
        """True when each organization has an installation with tokens of its own."""
        return isinstance(self._auth, Auth.AppAuth)

    def close(self) -> None:
        """End the connections."""
        for github in (self._github, *self._installations.values()):
            github.close()

    def get(
        self, path: str, parameters: Mapping[str, Any] | None = None, etag: str | None = None, organization: str = ""
    ) -> Answer:
        """Ask; as an App, as its installation in ``organization``. Raises ``ClassifierError``."""
        headers = {"If-None-Match": etag} if etag else {}
        return self._ask("GET", path, self._as(organization), headers, parameters=dict(parameters or {}))

    def query(self, query: str, variables: Mapping[str, Any]) -> Any:
        """Ask GraphQL; its ``data``. Raises ``ClassifierError``."""
        content = {"query": query, "variables": dict(variables)}
        answer = self._ask("POST", self._github.requester.graphql_url, self._github, {}, input=content).body
        if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
            errors = answer.get("errors") if isinstance(answer, dict) else None
            raise ClassifierError(f"{self.url} refused a GraphQL query: {_message({'message': _first(errors)})}")
        return answer["data"]

    def _connect(self, auth: Auth.Auth) -> Github:
        return Github(
            auth=auth,
            base_url=api_url(self.url),
            per_page=PER_PAGE,
            timeout=TIMEOUT_SECONDS,
            retry=None,
            seconds_between_requests=None,
        )

    def _as(self, organization: str) -> Github:
        if not isinstance(self._auth, Auth.AppAuth) or not organization:
            return self._github
        if organization not in self._installations:
            found = self._ask("GET", f"/orgs/{quote(organization)}/installation", self._github, {})
            if found.status != 200:
                raise ClassifierError(f"The GitHub App is not installed in {organization}. Install it there.")
            _check_installation(found.body, organization)
            installation = Auth.AppInstallationAuth(self._auth, found.body["id"])
            self._installations[organization] = self._connect(installation)
        return self._installations[organization]

    def _ask(self, verb: str, path: str, github: Github, headers: dict[str, str], **more: Any) -> Answer:
        for tried in range(1, TRIES + 1):
            answer, problem, wait = None, "", 0.0
            try:
                status, received, text = github.requester.requestJson(verb, path, headers=headers, **more)
                answer = Answer(status, {name: str(value) for name, value in received.items()}, None)
                if status in {200, 304, 404}:
                    return answer._replace(body=json.loads(text) if status == 200 else None)
                wait, problem = self._refusal(answer, text)
            except GithubException as error:
                # The installation's token could not be made.
                problem = self._explained(error.status, _message(error.data), {})
            except (requests.RequestException, ValueError) as error:
                problem, wait = f"{self.url} cannot be reached, or broke off ({type(error).__name__}).", 0.5 * 2**tried
            except RuntimeError:
                problem = f"{self.url} redirects elsewhere: give the address that it redirects to."
            if not wait or tried == TRIES or wait > self._patience:
                raise ClassifierError(problem)
            self._patience -= wait
            time.sleep(wait)
        raise AssertionError

    def _refusal(self, answer: Answer, text: str) -> tuple[float, str]:
        """How long to wait before the same request may be answered, 0 for never, and what to say if it is not."""
        try:
            message = _message(json.loads(text))
        except ValueError:
            message = ""
        problem = self._explained(answer.status, message, answer.headers)
        if answer.status >= 500:
            return _seconds(answer.headers.get("retry-after")) or 0.5, problem
        if answer.status in {403, 429}:
            if retry := _seconds(answer.headers.get("retry-after")):
                return retry, problem
            if answer.headers.get("x-ratelimit-remaining") == "0":
                reset = _seconds(answer.headers.get("x-ratelimit-reset"))
                return max(1.0, reset - time.time() + 1), problem
            if answer.status == 429 or "secondary rate limit" in message:
                return SECONDARY_LIMIT_SECONDS, problem
        return 0.0, problem

    def _explained(self, status: int, message: str, headers: Mapping[str, str]) -> str:
        """A refusal in words, with what to do about it."""
        said = f" It says: {message}" if message else ""
        if sso := headers.get("x-github-sso"):
            # What follows the question mark lets whoever has it authorize.
            place = sso.partition("url=")[2].partition("?")[0]
            return (
                f"{self.url} wants the token to be authorized for SAML single sign-on ({status}). Authorize it at "
                f"{place or 'the settings of the token'}."
            )
        if "suspended" in message:
            return f"The installation of the GitHub App is suspended ({status}). Ask an owner to unsuspend it."
        if "IP allow list" in message:
            return f"The organization lets no one in from this address ({status}): add it to its IP allow list."
        match status:
            case 401:
                return f"{self.url} refused the token (401): it is wrong, expired or revoked. Give a valid one."
            case 403 | 429 if headers.get("x-ratelimit-remaining") == "0" or "rate limit" in message:
                until = _seconds(headers.get("x-ratelimit-reset"))
                clock = time.strftime(" until %H:%M UTC", time.gmtime(until)) if until else ""
                return f"The rate limit of {self.url} is used up{clock} ({status}). Run this again then."
            case 403:
                return f"{self.url} refused (403): the token may lack a permission.{said}"
            case _:
                return f"{self.url} answered {status}.{said}"


def api_url(github_url: str) -> str:
    """The REST address of github.com, of a GHE.com tenant, or of an Enterprise Server.

    https://docs.github.com/enterprise-server@latest/rest/enterprise-admin#endpoint-urls
    """
    parts = urlsplit(github_url if "://" in github_url else f"https://{github_url}")
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme not in {"http", "https"} or not host:
        raise ClassifierError(f"{github_url!r} is no address of a GitHub: write https://github.example.com")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/api/v3"


def _check_installation(installation: Mapping[str, Any], organization: str) -> None:
    """https://docs.github.com/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app"""
    if installation.get("suspended_at"):
        raise ClassifierError(
            f"The GitHub App's installation in {organization} is suspended. Ask an owner to unsuspend it."
        )
    if installation.get("repository_selection") == "selected":
        raise ClassifierError(
            f"The GitHub App may see only some repositories of {organization}; the others would look as if they were "
            "not the organization's. Give it access to all repositories (metadata, read-only)."
        )


def _message(body: Any) -> str:
    """What GitHub says went wrong, in one short line."""
    message = body.get("message") if isinstance(body, dict) else ""
    return " ".join(str(message or "").split())[:200]


def _first(errors: Any) -> str:
    return (
        str(errors[0].get("message", "")) if isinstance(errors, list) and errors and isinstance(errors[0], dict) else ""
    )


def _seconds(value: str | None) -> float:
    return float(value) if value and value.isascii() and value.isdigit() else 0.0
