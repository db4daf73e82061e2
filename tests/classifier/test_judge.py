"""The decision table, row by row, and the rules for every repository."""

import re
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence_classifier.github.lookup import Whereabouts
from whence_classifier.judge import Evidence, Inventory, Judgement, Observation, contested, judge, judge_all, unlisted
from whence_classifier.overrides import Override, Overrides
from whence_classifier.scope import Scope, others
from whence_contract.label import Label
from whence_contract.repository import Repository

TODAY = date(2026, 11, 20)
ACME = Inventory(
    "acme", "github.com", frozenset({"github.com/acme/api", "github.com/acme/web"}), 1, frozenset({"acme"})
)
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
        (("gitlab.com", "jane", "api"), None, ("Unmanaged", "other-host", None)),
        (("github.com", "jane_acme", "x"), None, ("Managed", "enterprise-account", "acme")),
        (("github.com", "Jane_ACME", "x"), NOWHERE, ("Managed", "enterprise-account", "ACME")),
        (("github.com", "jane_other", "x"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("github.com", "jane-acme", "x"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("github.com", "_acme", "x"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("gitlab.com", "jane_acme", "x"), None, ("Unmanaged", "other-host", None)),
        (("git.acme.example", "jane_acme", "x"), NOWHERE, ("Unmanaged", "outside-organization", None)),
        (("", "local", "api"), None, ("Unknown", "not-pushed", None)),
    ],
)  # fmt: skip
def test_each_row_of_the_table(
    repository: tuple[str, str, str], whereabouts: Whereabouts | None, expected: tuple[str, str, str | None]
) -> None:
    one = Repository(*repository)
    known = {one.key: whereabouts} if whereabouts else {}
    assert verdict(judge(Observation(one), Evidence([ACME, GHES], known))) == expected


GONE = Repository("github.com", "acme", "gone")


@pytest.mark.parametrize("before", ["in-organization", "renamed-in-organization", "deleted-from-organization"])
@pytest.mark.parametrize("last_seen", [date(2026, 11, 1), TODAY, None])
def test_what_the_organization_had_stays_managed_while_nobody_uses_it(before: str, last_seen: date | None) -> None:
    observation = Observation(GONE, (), "Managed", before, last_seen=last_seen)
    found = judge(observation, Evidence([ACME], {GONE.key: NOWHERE}, today=TODAY))
    assert verdict(found) == ("Managed", "deleted-from-organization", "acme until 2026-11-20")
    assert found is not None
    assert found.left_on == TODAY


@pytest.mark.parametrize(
    ("label", "reason"),
    [("Managed", "deleted-from-organization"), ("Unknown", "left-organization"), ("Managed", "in-organization")],
)
def test_what_is_used_after_the_day_it_left_is_flagged_with_that_day(label: str, reason: str) -> None:
    left_on = None if reason == "in-organization" else date(2026, 11, 17)
    observation = Observation(GONE, (), label, reason, ACME.scope.key, left_on, date(2026, 11, 22))
    found = judge(observation, Evidence([ACME], {GONE.key: NOWHERE}, today=TODAY))
    assert found is not None
    assert (found.label, found.reason, found.left_on) == ("Unknown", "left-organization", left_on or TODAY)
    assert found.evidence == f"acme until {found.left_on}"


def test_it_left_as_well_where_the_organization_or_the_repository_had_another_name() -> None:
    old = Repository("github.com", "acme-before", "gone")
    observation = Observation(old, (), "Managed", "renamed-in-organization", ACME.scope.key)
    found = judge(observation, Evidence([ACME], {old.key: NOWHERE}, today=TODAY))
    assert verdict(found) == ("Managed", "deleted-from-organization", "acme until 2026-11-20")


@pytest.mark.parametrize(
    ("label", "reason"), [("Managed", "override"), ("Unmanaged", "outside-organization"), (None, None)]
)
def test_what_it_never_had_for_certain_is_unknown(label: str | None, reason: str | None) -> None:
    found = judge(Observation(GONE, (), label, reason), Evidence([ACME], {GONE.key: NOWHERE}))
    assert verdict(found) == ("Unknown", "hidden-or-deleted", "acme")


def test_what_came_back_is_the_organization_s_again() -> None:
    back = Observation(Repository("github.com", "acme", "api"), (), "Unknown", "left-organization", left_on=TODAY)
    found = judge(back, Evidence([ACME]))
    assert found is not None
    assert (found.reason, found.left_on) == ("in-organization", None)


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


JANES = Repository("github.com", "jane", "notes")
API = Observation(Repository("github.com", "acme", "api"), ("beef", "cafe"))


def judged(histories: Mapping[str, str | None], *observations: Observation) -> dict[str, tuple[str, str, str | None]]:
    """Judge these beside acme/api, with what is known about where histories began."""
    known = {one.repository.key: there(f"{one.repository.owner}/{one.repository.name}") for one in observations}
    found = judge_all([API, *observations], Evidence([ACME], known, histories=histories))
    return {one.repository.display: verdict(one) for one in found}


def test_company_history_that_began_in_the_organization_is_named_and_stays_unmanaged() -> None:
    found = judged({"beef": "acme/api"}, Observation(JANES, ("c0ffee", "beef")))
    assert found["jane/notes"] == ("Unmanaged", "shares-history-with", "acme/api")
    assert found["acme/api"] == ("Managed", "in-organization", "acme")


def test_one_root_that_began_in_the_organization_is_enough() -> None:
    found = judged({"beef": None, "cafe": "acme/api"}, Observation(JANES, ("beef", "cafe")))
    assert found["jane/notes"][1] == "shares-history-with"


@pytest.mark.parametrize("histories", [{"beef": None}, {}])
def test_history_that_began_elsewhere_or_nobody_knows_where_accuses_nobody(
    histories: Mapping[str, str | None],
) -> None:
    linux = Observation(Repository("github.com", "torvalds", "linux"), ("beef",))
    found = judged(histories, linux, Observation(JANES, ("beef",)))
    assert found["torvalds/linux"] == ("Unmanaged", "outside-organization", None)
    assert found["jane/notes"] == ("Unmanaged", "outside-organization", None)


def test_what_was_known_to_be_company_history_keeps_its_label_while_github_does_not_say() -> None:
    before = Observation(JANES, ("beef",), "Unmanaged", "shares-history-with", ACME.scope.key)
    assert "jane/notes" not in judged({}, before)
    assert judged({"beef": None}, before)["jane/notes"][1] == "outside-organization"


def test_a_contributor_s_fork_is_a_fork_whatever_history_it_shares() -> None:
    known = {JANES.key: there("jane/notes", JANE, ("acme/api", 1))}
    found = judge_all([API, Observation(JANES, ("beef",))], Evidence([ACME], known, histories={"beef": "acme/api"}))
    assert [verdict(one) for one in found][1] == ("Unmanaged", "fork-of", "acme/api")


def test_a_repository_before_its_first_push_is_not_pushed_whatever_history_it_shares() -> None:
    found = judged({"beef": "acme/api"}, Observation(Repository("", "local", "api"), ("beef",)))
    assert found["local/api"] == ("Unknown", "not-pushed", "same history as acme/api")


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (("gitlab.com", "acme", "api"), ("Unknown", "mirror-of", "acme/api")),
        (("gitlab.com", "Acme/backend", "API"), ("Unknown", "mirror-of", "acme/api")),
        (("gitlab.com", "jane", "api"), ("Unmanaged", "shares-history-with", "acme/api")),
        (("gitlab.com", "acme", "other"), ("Unmanaged", "shares-history-with", "acme/api")),
    ],
)
def test_the_company_s_mirror_accuses_nobody_and_a_copy_elsewhere_is_named(
    repository: tuple[str, str, str], expected: tuple[str, str, str]
) -> None:
    one = Repository(*repository)
    assert judged({"beef": "acme/api"}, Observation(one, ("beef",)))[one.display] == expected
    unrelated = judged({"beef": "acme/api"}, Observation(one, ("f00d",)))
    assert unrelated[one.display] == ("Unmanaged", "other-host", None)


def test_only_root_commits_that_decide_a_label_are_asked_for() -> None:
    fork = Repository("github.com", "joe", "api")
    known = {JANES.key: there("jane/notes"), fork.key: there("joe/api", 5, ("acme/api", 1))}
    observations = [API, Observation(JANES, ("beef", "f00d")), Observation(fork, ("cafe",))]
    local = Observation(Repository("", "local", "x"), ("cafe",))
    assert contested([*observations, local], Evidence([ACME], known)) == {"beef": [API.repository]}


LABS = Scope("github.com", "labs", 2)


def other_runs(*scopes: Scope) -> Evidence:
    """The facts that a run for acme on github.com judges by, beside runs with these scopes."""
    known = {one.key: there(f"{one.owner}/{one.name}") for one in (JANES, Repository("github.com", "labs", "x"))}
    return Evidence([ACME], known, others=others([*scopes, ACME.scope], [ACME.scope]))


@pytest.mark.parametrize(
    ("repository", "scopes", "judged"),
    [
        (("github.com", "labs", "x"), [LABS], False),
        (("github.com", "Labs", "X"), [LABS], False),
        (("github.com", "labs", "x"), [], True),
        (("git.acme.example", "tools", "build"), [Scope("git.acme.example", "tools", 1)], False),
        (("git.acme.example", "tools", "build"), [], True),
        (("gitlab.com", "acme", "x"), [Scope("gitlab.com")], False),
        (("github.com", "jane", "notes"), [LABS], True),
        (("github.com", "acme", "api"), [LABS, Scope("github.com")], True),
        (("", "local", "notes"), [LABS], True),
    ],
)
def test_what_another_run_lists_keeps_the_label_of_that_run(
    repository: tuple[str, str, str], scopes: list[Scope], judged: bool
) -> None:
    found = judge(Observation(Repository(*repository)), other_runs(*scopes))
    assert (found is not None) is judged


@pytest.mark.parametrize("reason", ["fork-of", "renamed-in-organization", "override", "hidden-or-deleted"])
def test_what_follows_from_another_run_s_organization_is_kept(reason: str) -> None:
    held = Observation(JANES, (), "Managed", reason, LABS.key)
    assert judge(held, other_runs(LABS)) is None
    assert judge(held, other_runs()) is not None


def test_what_the_organization_has_for_certain_replaces_all_but_what_people_wrote() -> None:
    moved = Evidence([ACME], {JANES.key: there("acme/notes", 1)}, others=other_runs(LABS).others)
    assert verdict(judge(Observation(JANES, (), "Unmanaged", "fork-of", LABS.key), moved))[0] == "Managed"
    assert judge(Observation(JANES, (), "Unmanaged", "override", LABS.key), moved) is None


def test_what_moved_to_another_run_s_organization_is_left_to_it() -> None:
    moved = Evidence([ACME], {JANES.key: there("labs/notes", 2)}, others=other_runs(LABS).others)
    assert judge(Observation(JANES), moved) is None


def test_hosts_that_the_overrides_name_hold_company_repositories_too() -> None:
    manual = Overrides({}, (), frozenset({"gitlab.com"}))
    jane = Observation(Repository("gitlab.com", "jane", "x"))
    assert verdict(judge(jane, Evidence([], overrides=manual)))[1] == "outside-organization"
    assert verdict(judge(jane, Evidence([])))[1] == "other-host"


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
    managed = {"beef": [Judgement(Repository("github.com", "acme", "api"), Label.MANAGED, "in-organization")]}
    found = judge(observation, Evidence([ACME, GHES], known, managed=managed, histories={"beef": "acme/api"}))
    if in_list(repository):
        assert found is not None
        assert found.label is Label.MANAGED
    elif found and found.label is Label.MANAGED:
        # Neither another host nor history decides about it.
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
