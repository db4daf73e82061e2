"""The rule, row by row, and what holds for every repository."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence_classifier.judge import Evidence, Inventory, Judgement, Observation, judge, judge_all, unlisted
from whence_classifier.lookup import Whereabouts
from whence_classifier.overrides import Override, Overrides
from whence_contract.label import Label
from whence_contract.repository import Repository

ACME = Inventory("acme", "github.com", frozenset({"github.com/acme/api", "github.com/acme/web"}), 1)
GHES = Inventory("Tools", "git.acme.example", frozenset({"git.acme.example/tools/build"}), 1)
NOWHERE = Whereabouts(None, None, (), 0)
JANE = 9
ACME_LABS = Override("acme-labs/*", "bought in March", Label.MANAGED)
OVERRIDES = Overrides(
    {"jane/work": Override("jane/work", "", Label.MANAGED), "acme/web": Override("acme/web", "x", Label.UNMANAGED)},
    ((re.compile("acme-labs/.*"), ACME_LABS),),
)


def there(name: str, owner: int = JANE, *parents: tuple[str, int]) -> Whereabouts:
    return Whereabouts(name, owner, parents, 0)


def evidence(**whereabouts: Whereabouts) -> Evidence:
    return Evidence([ACME, GHES], {f"github.com/{name}": one for name, one in whereabouts.items()})


def verdict(judgement: Judgement | None) -> tuple[str, str, str | None]:
    assert judgement
    return judgement.label.value, judgement.reason, judgement.evidence


@pytest.mark.parametrize(
    ("repository", "whereabouts", "expected"),
    [
        (("github.com", "acme", "api"), None, ("Managed", "in-organization", "acme")),
        (("github.com", "Acme", "API"), None, ("Managed", "in-organization", "acme")),
        (("git.acme.example", "Tools", "Build"), None, ("Managed", "in-organization", "Tools")),
        (("github.com", "acme", "old"), there("acme/new", 1), ("Managed", "renamed-in-organization", "acme/new")),
        (("github.com", "jane", "given"), there("acme/got", 1), ("Managed", "renamed-in-organization", "acme/got")),
        (("github.com", "acme", "newest"), there("acme/newest", 1), ("Managed", "in-organization", "acme")),
        (("github.com", "acme", "gone"), NOWHERE, ("Unknown", "hidden-or-deleted", "acme")),
        (("github.com", "acme", "sold"), there("jane/sold"), ("Unmanaged", "outside-organization", "jane/sold")),
        (("github.com", "jane", "api"), there("jane/api", JANE, ("acme/api", 1)), ("Unmanaged", "fork-of", "acme/api")),
        (("github.com", "jane", "x"), there("jane/x", JANE, ("joe/x", 5)), ("Unmanaged", "outside-organization", None)),
        (("github.com", "Jane", "api"), there("jane/api"), ("Unmanaged", "outside-organization", None)),
        (("github.com", "jane", "gone"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("github.com", "acme-inc", "api"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("github.com", "аcme", "api"), NOWHERE, ("Unmanaged", "outside-organization", None)),  # noqa: RUF001
        (("github.com", "acme/api", "x"), None, ("Unmanaged", "outside-organization", None)),
        (("git.acme.example", "acme", "api"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("gitlab.com", "acme", "api"), None, ("Unmanaged", "other-host", None)),
        (("", "local", "api"), None, ("Unmanaged", "no-remote", None)),
    ],
)  # fmt: skip
def test_each_row_of_the_table(
    repository: tuple[str, str, str], whereabouts: Whereabouts | None, expected: tuple[str, str, str | None]
) -> None:
    one = Repository(*repository)
    known = {one.key: whereabouts} if whereabouts else {}
    assert verdict(judge(Observation(one), Evidence([ACME, GHES], known))) == expected


def test_what_the_organization_had_stays_managed_when_it_is_deleted() -> None:
    gone = Repository("github.com", "acme", "gone")
    known = {gone.key: NOWHERE}
    for before in ("in-organization", "renamed-in-organization", "deleted-from-organization"):
        observation = Observation(gone, (), "Managed", before)
        found = verdict(judge(observation, Evidence([ACME], known)))
        assert found == ("Managed", "deleted-from-organization", "acme")
    for label, reason in (("Managed", "override"), ("Unmanaged", "outside-organization"), (None, None)):
        found = verdict(judge(Observation(gone, (), label, reason), Evidence([ACME], known)))
        assert found == ("Unknown", "hidden-or-deleted", "acme")


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        ("acme-labs", "x", ("Managed", "override", "acme-labs/*: bought in March")),
        ("Jane", "Work", ("Managed", "override", "jane/work")),
        ("acme", "web", ("Unmanaged", "override", "acme/web: x")),
    ],
)
def test_an_override_goes_before_everything(owner: str, name: str, expected: tuple[str, str, str]) -> None:
    observation = Observation(Repository("github.com", owner, name))
    everything = Evidence([ACME], overrides=OVERRIDES)
    assert verdict(judge(observation, everything)) == expected
    assert list(unlisted([observation], everything)) == []


def test_a_kelvin_sign_is_no_k() -> None:
    inventory = Inventory("kube", "git.acme.example", frozenset({"git.acme.example/kube/api"}))
    repository = Repository("git.acme.example", "\u212aube", "api")
    found = judge(Observation(repository), Evidence([inventory], {repository.key: NOWHERE}))
    assert verdict(found)[0] == "Unmanaged"


def test_company_code_in_a_personal_place_is_named_and_stays_unmanaged() -> None:
    observations = [
        Observation(Repository("github.com", "jane", "notes"), ("c0ffee", "beef")),
        Observation(Repository("", "local", "copy"), ("beef",)),
        Observation(Repository("github.com", "acme", "api"), ("beef",)),
        Observation(Repository("github.com", "jane", "game"), ("f00d",)),
    ]
    known = evidence(**{"jane/notes": there("jane/notes"), "jane/game": there("jane/game")})
    found = {one.repository.display: verdict(one) for one in judge_all(observations, known)}
    assert found == {
        "jane/notes": ("Unmanaged", "shares-history-with", "acme/api"),
        "local/copy": ("Unmanaged", "shares-history-with", "acme/api"),
        "acme/api": ("Managed", "in-organization", "acme"),
        "jane/game": ("Unmanaged", "outside-organization", None),
    }


def test_an_organization_without_repositories_manages_nothing() -> None:
    empty = Evidence([Inventory("acme", "github.com", frozenset(), 1)], {"github.com/jane/api": there("jane/api")})
    assert verdict(judge(Observation(Repository("github.com", "jane", "api")), empty))[0] == "Unmanaged"


def test_what_has_yet_to_be_looked_up_is_not_judged() -> None:
    waiting = Observation(Repository("github.com", "jane", "api"))
    assert judge(waiting, evidence()) is None
    assert judge_all([waiting], evidence()) == []
    listed = Observation(Repository("github.com", "acme", "api"))
    assert list(unlisted([waiting, listed], evidence())) == [waiting.repository]


HOSTS = st.sampled_from(["github.com", "git.acme.example", "gitlab.com", ""])
NAMES = st.sampled_from(["acme", "Acme", "acme-inc", "аcme", "jane", "tools", "api", "API", "web", "build"])  # noqa: RUF001
REPOSITORIES = st.builds(Repository, HOSTS, NAMES, NAMES)
ANSWERS = st.one_of(
    st.none(), st.just(NOWHERE), st.builds(there, st.sampled_from(["acme/api", "x/y"]), st.sampled_from([1, JANE]))
)


def in_list(repository: Repository) -> bool:
    key = "".join(one.lower() if one.isascii() else one for one in repository.key)
    return key in ACME.keys | GHES.keys


@given(REPOSITORIES, ANSWERS, st.sampled_from([(), ("beef",)]), st.sampled_from([None, "Managed", "Unmanaged"]))
def test_managed_needs_a_list_or_the_word_of_its_own_github(
    repository: Repository, answer: Whereabouts | None, commits: tuple[str, ...], before: str | None
) -> None:
    known: Mapping[str, Whereabouts] = {repository.key: answer} if answer else {}
    observation = Observation(repository, commits, before, "in-organization")
    found = judge(observation, Evidence([ACME, GHES], known, histories={"beef": "acme/api"}))
    if in_list(repository):
        assert found is not None
        assert found.label is Label.MANAGED
    elif found and found.label is Label.MANAGED:
        # Another host never decides about it, nor does history.
        assert repository.host in {"github.com", "git.acme.example"}
        assert answer is not None
        assert answer.owner_id == 1 or (answer.name is None and before == "Managed")


@given(st.lists(REPOSITORIES, unique_by=lambda one: one.key), st.randoms())
def test_the_order_of_the_repositories_changes_no_label(repositories: list[Repository], random: object) -> None:
    known = {one.key: NOWHERE for one in repositories}
    observations = [Observation(one, ("beef",) if one.name == "api" else ()) for one in repositories]
    labels = {one.repository.key: one.label for one in judge_all(observations, Evidence([ACME, GHES], known))}
    again = judge_all(reversed(observations), Evidence([GHES, ACME], known))
    assert {one.repository.key: one.label for one in again} == labels
    assert labels.keys() == {one.key for one in repositories}
