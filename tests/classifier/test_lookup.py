"""Looking up single repositories: by whatever name they once had."""

from collections.abc import Mapping
from contextlib import closing

import pytest
from github import Auth

from fakes.github import TOKEN, github
from fakes.github import GitHub as Fake
from whence_classifier import lookup
from whence_classifier.github import GitHub
from whence_classifier.lookup import FRESH_SECONDS, Whereabouts, look_up
from whence_contract.repository import Repository


def found(fake: Fake, *names: str, known: Mapping[str, Whereabouts] | None = None) -> dict[str, Whereabouts]:
    repositories = [Repository("github.com", *name.split("/")) for name in names]
    with closing(GitHub(fake.url, Auth.Token(TOKEN))) as connection:
        return look_up(connection, repositories, known or {}, ["acme"])


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
