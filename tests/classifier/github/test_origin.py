"""Where a history began: forks, dates and older copies, as GitHub reports them over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from github import Auth

from fakes.github import TOKEN, GitHub, github
from whence_classifier.github import origin
from whence_classifier.github.github import GitHub as Connection
from whence_classifier.github.origin import find_origins
from whence_contract.repository import Repository

ROOT = "c0ffee" + "0" * 34
# When the fake's first repository is created.
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
API = Repository("github.com", "acme", "api")


@pytest.fixture
def fake() -> Iterator[GitHub]:
    with github({"acme": []}) as running:
        yield running


def began_in(fake: GitHub, *carriers: Repository) -> str | None:
    """The repository where the root commit of these began; ``unknown`` where GitHub does not say."""
    found = ask(fake, carriers or (API,))
    return found[ROOT].began_in if ROOT in found else "unknown"


def ask(
    fake: GitHub, carriers: tuple[Repository, ...], known: dict[str, origin.Origin] | None = None
) -> dict[str, origin.Origin]:
    with closing(Connection(fake.url, Auth.Token(TOKEN))) as connection:
        return find_origins(connection, {ROOT: carriers}, known or {}, {fake.owner("acme"): "acme"})


def test_what_was_made_when_its_repository_was_created_began_there(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.commit(ROOT, BEGAN - timedelta(days=3), "acme/api")
    assert began_in(fake) == "acme/api"


def test_a_private_repository_that_the_search_does_not_show_is_asked_itself(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.commit(ROOT, BEGAN, "acme/api")
    fake.fail("/search/commits", 200, 1, total_count=0, incomplete_results=False, items=[])
    assert began_in(fake) == "acme/api"
    assert any(f"/commits/{ROOT}" in request for request in fake.requests)


def test_a_fork_of_somebody_else_s_repository_began_elsewhere(fake: GitHub) -> None:
    fake.create("torvalds/linux", private=False)
    fake.create("acme/api", parent="torvalds/linux")
    fake.commit(ROOT, BEGAN, "torvalds/linux", "acme/api")
    assert began_in(fake) is None


def test_one_fork_of_somebody_else_s_among_the_organization_s_copies_decides(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.create("torvalds/linux", private=False)
    fake.create("acme/linux", parent="torvalds/linux")
    fake.commit(ROOT, BEGAN, "acme/api", "acme/linux")
    assert began_in(fake, API, Repository("github.com", "acme", "linux")) is None


def test_a_fork_within_the_organization_began_in_its_source(fake: GitHub) -> None:
    fake.create("acme/core")
    fake.create("acme/api", parent="acme/core")
    fake.commit(ROOT, BEGAN, "acme/api", "acme/core")
    assert began_in(fake) == "acme/core"


def test_a_history_much_older_than_its_repository_was_imported(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.commit(ROOT, datetime(2006, 1, 14, tzinfo=UTC), "acme/api")
    assert began_in(fake) is None


def test_an_older_copy_in_the_hands_of_others_shows_an_import(fake: GitHub) -> None:
    fake.create("jane/tool", private=False)
    fake.create("acme/api")
    fake.commit(ROOT, BEGAN, "jane/tool", "acme/api")
    assert began_in(fake) is None


def test_a_younger_copy_that_somebody_published_excuses_nobody(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.create("jane/leak", private=False)
    fake.commit(ROOT, BEGAN, "jane/leak", "acme/api")
    assert began_in(fake) == "acme/api"


@pytest.mark.parametrize("path", ["/repos/acme/api", "/search/commits"])
@pytest.mark.parametrize("status", [403, 404, 422, 451])
def test_what_github_does_not_say_is_not_known(fake: GitHub, path: str, status: int) -> None:
    fake.create("acme/api")
    fake.commit(ROOT, BEGAN, "acme/api")
    fake.fail(path, status, 10, "Resource not accessible by personal access token")
    assert began_in(fake) == "unknown"


@pytest.mark.parametrize(
    "answer",
    [
        {"total_count": 1, "incomplete_results": True, "items": []},
        {"total_count": 1, "incomplete_results": False},
        {"total_count": 1, "incomplete_results": False, "items": [{"sha": ROOT}]},
        {"total_count": 1, "incomplete_results": False, "items": [{"repository": {"id": 1}}]},
    ],
)
def test_a_search_that_is_incomplete_or_garbled_is_no_answer(fake: GitHub, answer: dict[str, Any]) -> None:
    fake.create("acme/api")
    fake.commit(ROOT, BEGAN, "acme/api")
    fake.fail("/search/commits", 200, 1, **answer)
    assert began_in(fake) == "unknown"


def test_what_is_known_is_asked_again_after_a_week_or_for_other_repositories(fake: GitHub) -> None:
    fake.create("acme/api")
    fake.create("acme/web")
    fake.commit(ROOT, BEGAN, "acme/api", "acme/web")
    known = ask(fake, (API,))
    assert ask(fake, (API,), known) == {}
    assert ROOT in ask(fake, (API, Repository("github.com", "acme", "web")), known)
    old = {ROOT: known[ROOT]._replace(asked_at=known[ROOT].asked_at - origin.FRESH_SECONDS - 1)}
    assert ROOT in ask(fake, (API,), old)
