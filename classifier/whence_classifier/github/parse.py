"""Parse and validate GitHub's responses about organizations and repositories.

A gateway or a proxy may send something else, or drop fields. Each function raises ``ClassifierError`` and names the
invalid field.
"""

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from whence_classifier.error import ClassifierError
from whence_classifier.github.refusal import message_of

_LOGIN = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}/[A-Za-z0-9_.-]{1,255}")
_STATE = re.compile(r"open|closed")
_MOMENT = re.compile(r"(?:19[7-9]|20\d|21\d)\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LONGEST_BRANCH, _LONGEST_LOGIN = 1024, 255
_HOST = re.compile(r"[A-Za-z0-9_.-]{1,255}|[0-9a-f:.]{2,45}")


class Organization(NamedTuple):
    """``host``: the host of its repositories. ``private``: number of private ones; ``None`` if GitHub does not report
    it because the credentials are not a member's."""

    id: int
    login: str
    host: str
    public: int | None
    private: int | None


class Listed(NamedTuple):
    """One repository of a list. ``updated_at``: GitHub's text, or empty."""

    id: int
    full_name: str
    updated_at: str
    private: bool


class PullRequest(NamedTuple):
    """One pull request. ``state``: open, merged, or closed without a merge. ``author``: login; empty for a deleted
    account. ``head``: name of its branch. Moments as GitHub writes them, which sort as texts. ``commits``: ids of its
    commits, as far as they are known."""

    number: int
    title: str
    state: str
    author: str
    head: str
    created_at: str
    updated_at: str
    closed_at: str | None
    merged_at: str | None
    commits: tuple[str, ...] = ()


class Located(NamedTuple):
    """One repository. ``parents``: the repositories it was forked from, nearest first, as full name and owner's id."""

    full_name: str
    owner_id: int
    parents: tuple[tuple[str, int], ...]


def organization(body: Any) -> Organization:
    """Parse an organization. https://docs.github.com/rest/orgs/orgs#get-an-organization"""
    what = "an organization"
    number, login = _id(body, what), _text(body, "login", _LOGIN, what)
    address = body.get("html_url")
    try:
        host = (urlsplit(address).hostname or "") if isinstance(address, str) else ""
    except ValueError:
        host = ""
    if not _HOST.fullmatch(host):
        raise ClassifierError(
            f"GitHub's response about {login} has no 'html_url', which gives the host of its repositories. Does a "
            "proxy or a gateway drop it? Without it every repository would look as if it were on another host."
        )
    public, private = (_count(body.get(name)) for name in ("public_repos", "total_private_repos"))
    return Organization(number, login, host.removeprefix("www."), public, private)


def listing(body: Any) -> list[Listed]:
    """Parse one page of a list. https://docs.github.com/rest/repos/repos#list-organization-repositories"""
    if not isinstance(body, list):
        raise ClassifierError("GitHub's response is not a list of repositories.")
    what = "a listed repository"
    return [
        Listed(
            _id(one, what),
            _text(one, "full_name", _FULL_NAME, what),
            str(one.get("updated_at") or "")[:40],
            one.get("private") is True,
        )
        for one in body
    ]


def repository(body: Any) -> Located:
    """Parse a repository. https://docs.github.com/rest/repos/repos#get-a-repository"""
    what = "a repository"
    above = [body[name] for name in ("parent", "source") if isinstance(body, dict) and body.get(name) is not None]
    parents = dict.fromkeys((_text(one, "full_name", _FULL_NAME, what), _owner_id(one, what)) for one in above)
    return Located(_text(body, "full_name", _FULL_NAME, what), _owner_id(body, what), tuple(parents))


def pull_requests(body: Any) -> list[tuple[PullRequest, bool]]:
    """Return one page of a repository's pull requests, and whether each is from a branch of the repository itself.

    https://docs.github.com/rest/pulls/pulls#list-pull-requests
    """
    if not isinstance(body, list):
        raise ClassifierError("GitHub's response is not a list of pull requests.")
    return [_pull_request(one) for one in body]


def _pull_request(one: Any) -> tuple[PullRequest, bool]:
    what = "a pull request"
    number = one.get("number") if isinstance(one, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise ClassifierError(f"GitHub's answer about {what} has no usable 'number'.")
    state = _text(one, "state", _STATE, what)
    head, base, user = (_part(one.get(name)) for name in ("head", "base", "user"))
    branch = head.get("ref")
    if not isinstance(branch, str) or not 0 < len(branch) <= _LONGEST_BRANCH:
        raise ClassifierError(f"GitHub's answer about {what} has no usable 'head'.")
    # A fork that was deleted since is null.
    own = _part(head.get("repo")).get("id") == _id(base.get("repo"), f"the repository of {what}")
    created, updated, closed, merged = (_time(one, f"{name}_at") for name in ("created", "updated", "closed", "merged"))
    if created is None or updated is None:
        raise ClassifierError(f"GitHub's answer about {what} has no usable 'created_at' or 'updated_at'.")
    title, login = one.get("title"), user.get("login")
    found = PullRequest(
        number,
        message_of({"message": title}),
        "merged" if merged else state,
        login if isinstance(login, str) and len(login) <= _LONGEST_LOGIN else "",
        branch,
        created,
        updated,
        closed,
        merged,
        _commits([head]),
    )
    return found, own


def commits(body: Any) -> tuple[str, ...]:
    """Return the ids of one page of a pull request's commits; nothing else of them is read.

    https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
    """
    if not isinstance(body, list):
        raise ClassifierError("GitHub's response is not a list of commits.")
    return _commits(body)


def _commits(body: list[Any]) -> tuple[str, ...]:
    ids = (one.get("sha") for one in body if isinstance(one, dict))
    return tuple(one for one in ids if isinstance(one, str) and _COMMIT.fullmatch(one))


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _time(body: dict[str, Any], name: str) -> str | None:
    """Return a moment as GitHub writes it: in UTC, to the second; ``None`` for none."""
    value = body.get(name)
    return None if value is None else _text(body, name, _MOMENT, "a pull request")


def logins(page: Any) -> tuple[list[str], str | None]:
    """Return one page of an enterprise's organizations, and the cursor of the next page.

    https://docs.github.com/graphql/reference/objects#organizationconnection
    """
    try:
        nodes, info = page["nodes"], page["pageInfo"]
        found = [_text(node, "login", _LOGIN, "an organization") for node in nodes if node]
        cursor = info["endCursor"] if info["hasNextPage"] else None
    except (KeyError, TypeError) as error:
        raise ClassifierError("GitHub's response about the enterprise does not match its GraphQL schema.") from error
    if cursor is not None and not isinstance(cursor, str):
        raise ClassifierError("GitHub's answer about the enterprise has a next page without a cursor.")
    return found, cursor


def _id(body: Any, what: str) -> int:
    number = body.get("id") if isinstance(body, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise ClassifierError(f"GitHub's answer about {what} has no usable 'id'.")
    return number


def _owner_id(body: Any, what: str) -> int:
    return _id(body.get("owner") if isinstance(body, dict) else None, f"the owner of {what}")


def _text(body: Any, name: str, form: re.Pattern[str], what: str) -> str:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ClassifierError(f"GitHub's answer about {what} has no usable {name!r}.")
    return value


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
