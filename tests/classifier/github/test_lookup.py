"""Look up single repositories, also by former names."""

import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from github import Auth

from classifier.github.test_github import KEY, PEM
from fakes.github import TOKEN, github
from fakes.github import GitHub as Fake
from whence_classifier.github import lookup
from whence_classifier.github.credentials import App, authentication
from whence_classifier.github.github import LOOK_TRIES, GitHub
from whence_classifier.github.lookup import FRESH_SECONDS, LookUps, Refused, Whereabouts, is_waiting, look_up
from whence_contract.repository import Repository

SSO = {"X-GitHub-SSO": "required; url=https://github.com/orgs/microsoft/sso?authorization_request=SECRET"}
BLOCKED = {
    reason: {"reason": reason, "created_at": "2021-04-22T17:53:56Z", "html_url": f"https://github.com/{place}"}
    for reason, place in (("dmca", "github/dmca/blob/master/2021/04/2021-04-20-x.md"), ("tos", "tos"))
}
# GitHub's words, from public issue trackers: refusal.py links to them.
REFUSALS: dict[str, tuple[int, str, dict[str, str], dict[str, Any]]] = {
    "SAML": (
        403,
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this "
        "organization.",
        SSO,
        {},
    ),
    "IP allow list": (
        403,
        "Although you appear to have the correct authorization credentials, the `jane` organization has an IP allow "
        "list enabled, and your IP address is not permitted to access this resource.",
        {},
        {},
    ),
    "lifetime": (
        403,
        "The 'jane' organization forbids access via a fine-grained personal access tokens if the token's lifetime is "
        "greater than 90 days. Please adjust your token's lifetime at the following URL: "
        "https://github.com/settings/personal-access-tokens/12885303",
        {},
        {},
    ),
    "classic": (
        403,
        "`jane` forbids access via a personal access token (classic). Please use a GitHub App, OAuth App, or a "
        "personal access token with fine-grained permissions.",
        {},
        {},
    ),
    "terms of service": (403, "Repository access blocked", {}, {"block": BLOCKED["tos"]}),
    "DMCA": (451, "Repository access blocked", {}, {"block": BLOCKED["dmca"]}),
    "hidden by single sign-on": (404, "Not Found", SSO, {}),
    "failure": (500, "Server Error", {}, {}),
    "failure that may take minutes": (502, "Bad Gateway", {"Retry-After": "300"}, {}),
    "unforeseen": (422, "Validation Failed", {}, {}),
}


def found(fake: Fake, *names: str, known: Mapping[str, Whereabouts] | None = None) -> dict[str, Whereabouts]:
    repositories = [Repository("github.com", *name.split("/")) for name in names]
    with closing(GitHub(fake.url, Auth.Token(TOKEN))) as connection:
        return look_up(connection, repositories, known or {}, ["acme"]).found


def test_a_redirect_is_followed_to_where_the_repository_is_now() -> None:
    with github({"acme": ["old", "given-away"]}) as fake:
        fake.rename("acme/old", "acme/new")
        fake.rename("acme/given-away", "Jane/mine")
        there = found(fake, "acme/old", "acme/given-away", "acme/never")
        assert [(there[f"github.com/acme/{name}"].name) for name in ("old", "given-away", "never")] == [
            "acme/new",
            "Jane/mine",
            None,
        ]
        assert there["github.com/acme/old"].owner_id == fake.owner("acme")
        assert there["github.com/acme/given-away"].owner_id == fake.owner("Jane")


def test_a_name_that_somebody_else_took_belongs_to_who_has_it_now() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.rename_owner("acme", "acme-corp")
        assert found(fake, "acme/api")["github.com/acme/api"].name == "acme-corp/api"
        fake.create("acme/api")
        assert found(fake, "acme/api")["github.com/acme/api"].owner_id == fake.owner("acme")


def test_a_fork_tells_its_parents() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.create("Jane/api", parent="acme/api")
        fake.create("Joe/api", parent="Jane/api")
        parents = found(fake, "Joe/api")["github.com/joe/api"].parents
        assert parents == (("Jane/api", fake.owner("Jane")), ("acme/api", fake.owner("acme")))


def test_what_is_known_is_asked_again_after_a_day_and_costs_nothing_unless_it_changed() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.create("Jane/game")
        first = found(fake, "Jane/game")
        fake.requests.clear()
        assert found(fake, "Jane/game", known=first) == {}
        assert fake.requests == []
        old = {key: one._replace(asked_at=one.asked_at - FRESH_SECONDS - 1) for key, one in first.items()}
        again = found(fake, "Jane/game", known=old)
        assert fake.answers[-1] == 304
        assert again["github.com/jane/game"]._replace(asked_at=0) == first["github.com/jane/game"]._replace(asked_at=0)


def test_one_run_asks_for_so_many_and_the_next_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MAX_LOOKUPS", 2)
    names = ["Jane/a", "Jane/b", "Jane/c"]
    with github({"acme": []}) as fake:
        first = found(fake, *names)
        assert len(first) == 2
        second = found(fake, *names, known=first)
        assert (len(second), len(first | second)) == (1, 3)


def looked_up(fake: Fake, *names: str, refused: Mapping[str, Refused]) -> LookUps:
    repositories = [Repository("github.com", *name.split("/")) for name in names]
    with closing(GitHub(fake.url, Auth.Token(TOKEN))) as connection:
        return look_up(connection, repositories, {}, ["acme"], refused=refused)


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_of_one_repository_stops_no_other_and_is_kept_in_githubs_words(kind: str) -> None:
    status, said, headers, more = REFUSALS[kind]
    with github({"acme": ["api"]}) as fake:
        fake.create("Joe/tool")
        fake.fail("repos/Jane/game", status, 100, said, headers, **more)
        first = looked_up(fake, "Jane/game", "Joe/tool", refused={})
        asked = sum("Jane" in request for request in fake.requests)
        again = looked_up(fake, "Jane/game", refused=first.refused)
        assert asked == sum("Jane" in request for request in fake.requests)
    assert (set(first.found), first.stopped) == ({"github.com/joe/tool"}, "")
    assert asked <= LOOK_TRIES
    assert again == LookUps({}, {})
    refused = first.refused["github.com/jane/game"]
    assert refused.reason.startswith(f"{status}: {said}")
    assert all(part in refused.reason for block in more.values() for part in (block["reason"], block["html_url"]))
    assert "SECRET" not in refused.reason


def test_a_refused_repository_is_asked_again_after_a_pause_that_doubles_up_to_a_day() -> None:
    pauses = []
    for times in (1, 2, 3, 50):
        hours = next(hours for hours in range(50) if not is_waiting(Refused("", times, time.time() - hours * 1800 - 5)))
        pauses.append(hours)
    assert pauses == [1, 2, 4, 48]
    with github({"acme": []}) as fake:
        fake.fail("repos/Jane/game", 451, 1)
        before = {"github.com/jane/game": Refused("451", 3, time.time() - FRESH_SECONDS)}
        second = looked_up(fake, "Jane/game", refused=before)
        third = looked_up(fake, "Jane/game", refused=before)
    assert second.refused["github.com/jane/game"].times == 4
    assert third.found["github.com/jane/game"].name is None


def test_what_was_never_asked_goes_before_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "MAX_LOOKUPS", 1)
    with github({"acme": []}) as fake:
        there = looked_up(fake, "Jane/a", "Jane/b", refused={"github.com/jane/a": Refused("451", 1, 0)})
    assert there.found.keys() == {"github.com/jane/b"}


@pytest.mark.parametrize(
    ("status", "said", "headers"),
    [
        (401, "Bad credentials", {}),
        (403, "Sorry. Your account was suspended.", {}),
        (
            403,
            "API rate limit exceeded for user ID 1.",
            {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"},
        ),
        (429, "You have exceeded a secondary rate limit.", {"Retry-After": "3600"}),
    ],
)
def test_what_holds_for_all_look_ups_ends_them_and_keeps_what_was_found(
    status: int, said: str, headers: dict[str, str]
) -> None:
    with github({"acme": []}) as fake:
        fake.fail("Jane/b", status, 100, said, headers)
        there = looked_up(fake, "Jane/a", "Jane/b", "Jane/c", refused={})
    assert (set(there.found), there.refused) == ({"github.com/jane/a"}, {})
    assert str(status) in there.stopped


def test_the_request_that_uses_up_the_limit_may_be_refused_for_another_reason() -> None:
    with github({"acme": []}) as fake:
        fake.fail("Jane/a", 403, 1, "Repository access blocked", {"X-RateLimit-Remaining": "0"})
        there = looked_up(fake, "Jane/a", "Jane/b", refused={})
    assert (set(there.found), set(there.refused)) == ({"github.com/jane/b"}, {"github.com/jane/a"})


def test_one_installation_of_an_app_may_see_what_another_is_refused() -> None:
    with github({"acme": [], "tools": []}) as fake:
        for organization in ("acme", "tools"):
            fake.install(organization, KEY.public_key())
        fake.create("Jane/game")
        status, said, headers, more = REFUSALS["IP allow list"]
        fake.fail("repos/Jane/game", status, 1, said, headers, **more)
        with closing(GitHub(fake.url, authentication(App("7", PEM)))) as connection:
            there = look_up(connection, [Repository("github.com", "Jane", "game")], {}, ["acme", "tools"])
    assert (set(there.found), there.refused) == ({"github.com/jane/game"}, {})
