"""The rule, row by row."""

import pytest

from whence_classifier.judge import Inventory, Observation, judge_all
from whence_contract.label import Label
from whence_contract.repository import Repository

ACME = Inventory("acme", "github.com", frozenset({"github.com/acme/api", "github.com/acme/web"}))
GHES = Inventory("Tools", "git.acme.example", frozenset({"git.acme.example/tools/build"}))


def verdict(repository: Repository, *inventories: Inventory) -> tuple[str, str, str | None]:
    (found,) = judge_all([Observation(repository)], inventories or (ACME, GHES))
    return found.label.value, found.reason, found.evidence


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (Repository("github.com", "acme", "api"), ("Managed", "in-organization", "acme")),
        (Repository("github.com", "Acme", "API"), ("Managed", "in-organization", "acme")),
        (Repository("git.acme.example", "Tools", "Build"), ("Managed", "in-organization", "Tools")),
        (Repository("github.com", "acme", "other"), ("Unmanaged", "outside-organization", None)),
        (Repository("github.com", "jane", "api"), ("Unmanaged", "outside-organization", None)),
        (Repository("github.com", "acme-inc", "api"), ("Unmanaged", "outside-organization", None)),
        (Repository("github.com", "аcme", "api"), ("Unmanaged", "outside-organization", None)),  # noqa: RUF001
        (Repository("github.com", "acme/api", "x"), ("Unmanaged", "outside-organization", None)),
        (Repository("gitlab.com", "acme", "api"), ("Unmanaged", "other-host", None)),
        (Repository("", "local", "api"), ("Unmanaged", "no-remote", None)),
    ],
)
def test_each_row_of_the_table(repository: Repository, expected: tuple[str, str, str | None]) -> None:
    assert verdict(repository) == expected


def test_a_kelvin_sign_is_no_k() -> None:
    inventory = Inventory("kube", "git.acme.example", frozenset({"git.acme.example/kube/api"}))
    assert verdict(Repository("git.acme.example", "\u212aube", "api"), inventory)[0] == "Unmanaged"


def test_company_code_in_a_personal_place_is_named_and_stays_unmanaged() -> None:
    observations = [
        Observation(Repository("github.com", "jane", "notes"), ("c0ffee", "beef")),
        Observation(Repository("", "local", "copy"), ("beef",)),
        Observation(Repository("github.com", "acme", "api"), ("beef",)),
        Observation(Repository("github.com", "jane", "game"), ("f00d",)),
    ]
    found = {one.repository.display: (one.label, one.reason, one.evidence) for one in judge_all(observations, [ACME])}
    assert found == {
        "jane/notes": (Label.UNMANAGED, "shares-history-with", "acme/api"),
        "local/copy": (Label.UNMANAGED, "shares-history-with", "acme/api"),
        "acme/api": (Label.MANAGED, "in-organization", "acme"),
        "jane/game": (Label.UNMANAGED, "outside-organization", None),
    }


def test_an_organization_without_repositories_manages_nothing() -> None:
    assert verdict(Repository("github.com", "acme", "api"), Inventory("acme", "github.com", frozenset())) == (
        "Unmanaged",
        "outside-organization",
        None,
    )
