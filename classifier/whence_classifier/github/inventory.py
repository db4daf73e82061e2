"""List all repositories of a GitHub organization. Never return a partial list without a warning."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from whence_classifier.error import ClassifierError
from whence_classifier.github import parse
from whence_classifier.github.github import PER_PAGE, Answer, GitHub

FULL_EVERY_SECONDS = 24 * 60 * 60
FULL_TRIES = 3
MAX_PAGES_IN_VAIN = 3
_NEWEST = {"type": "all", "sort": "updated", "direction": "desc", "per_page": PER_PAGE}
# New repositories come last, so that they do not shift others across pages.
_ALL = {"type": "all", "sort": "created", "direction": "asc", "per_page": PER_PAGE}

Repositories = dict[int, tuple[str, str]]
"""By id: full name (``owner/name``) and time of the last change."""


class Listing(NamedTuple):
    """All repositories of one organization, and the ETags for the next run.

    ``id``: the organization's id, which a rename keeps. ``host``: the host of its repositories. ``total``: their
    number; ``None`` if GitHub does not report it. ``listed_at``: when all were last listed, in seconds since 1970.
    ``sees_private``: whether these credentials can see any private repository.
    """

    id: int
    login: str
    host: str
    total: int | None
    listed_at: float
    repositories: Repositories
    organization_etag: str | None = None
    newest_etag: str | None = None
    sees_private: bool = False


def doubts(listing: Listing, name: str, *, is_app: bool = False) -> list[str]:
    """Return warnings about a listing. ``name``: the requested organization.

    ``is_app``: the credentials are an App's. GitHub may list private repositories to an App without counting them.
    """
    warnings = []
    if listing.login.lower() != name.lower():
        warnings.append(f"{name} was renamed to {listing.login}: change --org.")
    if listing.total is not None and len(listing.repositories) < listing.total:
        warnings.append(
            f"These credentials can see {len(listing.repositories)} of the {listing.total} repositories of "
            f"{listing.login}. If somebody works in one of the others, its label is Unknown (hidden-or-deleted)."
        )
    if listing.total is None and not listing.sees_private and not is_app:
        warnings.append(
            f"The token's owner does not seem to be a member of {listing.login}: GitHub lists no private repositories, "
            "and does not report how many there are. If somebody works in one, its label is Unknown "
            "(hidden-or-deleted). Use the token of a member, or a GitHub App."
        )
    return warnings


def list_organization(
    github: GitHub,
    name: str,
    known: Listing | None = None,
    progress: Callable[[int, int | None], None] = lambda *_: None,
) -> Listing:
    """List every repository that the credentials can see, of any visibility, including forks and archived ones.

    ``known``: the listing of an earlier run; only changes are requested if it is less than a day old. ``progress`` is
    called with the number listed and the total. Raises ``ClassifierError``.
    https://docs.github.com/rest/repos/repos#list-organization-repositories
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise ClassifierError(f"{name[:100]!r} is not a valid organization name.")
    listing = _organization(github, name, known)
    if known and 0 <= time.time() - known.listed_at < FULL_EVERY_SECONDS:
        refreshed = _refreshed(github, listing)
        if refreshed:
            return refreshed
    return _listed(github, listing, progress)


def _organization(github: GitHub, name: str, known: Listing | None) -> Listing:
    """Fetch the organization; return it with the repositories of ``known``."""
    path = f"/orgs/{quote(name)}"
    answer = github.get(path, etag=known.organization_etag if known else None, organization=name)
    if answer.status == 404 and known:
        # It may have been renamed.
        answer = github.get(f"/organizations/{known.id}", organization=known.login)
    if answer.status == 304 and known:
        return known
    if answer.status != 200:
        raise ClassifierError(f"{github.url} has no organization {name}, or hides it from this token (404).")
    _check_scopes(answer)
    found = parse.organization(answer.body)
    if known and found.id != known.id:
        raise ClassifierError(
            f"{name} is now another organization (id {found.id}, not {known.id}): the one listed so far was renamed "
            f"or deleted. Use its new name. If {name} is right, run: whence classify forget {known.host}/{name} "
            "(without a ledger, remove the classifier's cache)."
        )
    return Listing(
        found.id,
        found.login,
        found.host,
        None if found.public is None or found.private is None else found.public + found.private,
        known.listed_at if known else 0.0,
        known.repositories if known else {},
        answer.etag,
        known.newest_etag if known else None,
        sees_private=bool(found.private) or (known is not None and known.sees_private),
    )


def _refreshed(github: GitHub, listing: Listing) -> Listing | None:
    """Return ``listing`` updated with the changes since then; ``None`` if only a full listing can find them."""
    repositories, newest_etag = dict(listing.repositories), listing.newest_etag
    for page in range(1, 1 + FULL_TRIES):
        answer = _page(github, listing, _NEWEST | {"page": page}, newest_etag if page == 1 else None)
        if answer.status == 304:
            break
        found, private = _repositories(answer)
        unchanged = all(repositories.get(key) == value for key, value in found.items())
        repositories.update(found)
        listing = listing._replace(sees_private=listing.sees_private or private)
        if page == 1:
            newest_etag = answer.etag
        if unchanged or not answer.has_next:
            break
    else:
        return None
    # A deleted repository shows only in the total.
    if len(repositories) != (len(listing.repositories) if listing.total is None else listing.total):
        return None
    return listing._replace(repositories=repositories, newest_etag=newest_etag)


def _listed(github: GitHub, listing: Listing, progress: Callable[[int, int | None], None]) -> Listing:
    """Return the listing with every page read again.

    A repository that is deleted meanwhile shifts others to a page already read; then read all pages again.
    """
    repositories: Repositories = {}
    for _ in range(FULL_TRIES):
        began = time.time()
        found: Repositories = {}
        page, in_vain = 1, 0
        while True:
            answer = _page(github, listing, _ALL | {"page": page})
            before = len(found)
            more, private = _repositories(answer)
            found.update(more)
            listing = listing._replace(sees_private=listing.sees_private or private)
            progress(len(found), listing.total)
            if not answer.has_next:
                break
            # A page of hidden repositories may be empty. Several empty or repeated pages are an error.
            in_vain = in_vain + 1 if len(found) == before else 0
            if in_vain == MAX_PAGES_IN_VAIN or (in_vain and len(more) == PER_PAGE):
                raise ClassifierError(
                    f"{github.url} returns the same repositories again for page {page} of {listing.login}. Is there a "
                    "proxy that drops the page number?"
                )
            page += 1
        repositories = found
        if listing.total is None or len(found) >= listing.total:
            break
        if len(found) + 2 < listing.total * 0.99:
            # Too many to have been deleted meanwhile: the credentials cannot see them.
            break
    return listing._replace(repositories=repositories, listed_at=began, newest_etag=None)


def _page(github: GitHub, listing: Listing, page: Mapping[str, Any], etag: str | None = None) -> Answer:
    answer = github.get(f"/orgs/{quote(listing.login)}/repos", page, etag, organization=listing.login)
    if answer.status == 404:
        raise ClassifierError(f"{github.url} does not list the repositories of {listing.login} to this token (404).")
    if "partial-results" in answer.headers.get("x-github-sso", ""):
        raise ClassifierError(
            f"{github.url} lists only part of {listing.login}: the token is not authorized for its SAML single "
            "sign-on. Authorize it in the settings of the token."
        )
    return answer


def _repositories(answer: Answer) -> tuple[Repositories, bool]:
    """Return the repositories of one page, and whether one of them is private."""
    found = parse.listing(answer.body)
    return {one.id: (one.full_name, one.updated_at) for one in found}, any(one.private for one in found)


def _check_scopes(answer: Answer) -> None:
    """Raise ``ClassifierError`` if a classic token lacks the scope ``repo``: it cannot see private repositories.

    https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    scopes = answer.headers.get("x-oauth-scopes")
    if scopes is not None and "repo" not in (scope.strip() for scope in scopes.split(",")):
        raise ClassifierError(
            "The token lacks the scope 'repo': private repositories would look as if they were not the organization's. "
            "Give it that scope, or use a fine-grained token or a GitHub App with read access to metadata."
        )


def organizations_of(github: GitHub, enterprise: str) -> list[str]:
    """Return the organizations of an enterprise. Raises ``ClassifierError``.

    https://docs.github.com/graphql/reference/objects#enterprise
    """
    names: list[str] = []
    cursor: str | None = None
    cursors: set[str] = set()
    while True:
        variables: Mapping[str, Any] = {"slug": enterprise, "cursor": cursor}
        found = github.query(_ORGANIZATIONS, variables).get("enterprise")
        if not found:
            raise ClassifierError(
                f"{github.url} has no enterprise {enterprise}, or hides it from this token: it needs the scope "
                "'read:enterprise'."
            )
        logins, cursor = parse.logins(found.get("organizations") if isinstance(found, dict) else None)
        names += logins
        if cursor is None:
            return names
        if cursor in cursors:
            raise ClassifierError(f"{github.url} returns the same organizations repeatedly for {enterprise}.")
        cursors.add(cursor)


_ORGANIZATIONS = """
query($slug: String!, $cursor: String) {
  enterprise(slug: $slug) {
    organizations(first: 100, after: $cursor) { nodes { login } pageInfo { hasNextPage endCursor } }
  }
}
"""
