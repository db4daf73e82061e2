"""The rules that decide the numbers, asked of a store through the questions the API asks."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.rounds import rounds
from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, point, span, traces
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.item import Rows
from whence_ledger.model.query import Query
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

API, WEB, GAME = (f"https://github.com/{name}" for name in ("acme/api", "acme/web", "jane/game"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def put(store: Store, *items: dict[str, Any]) -> None:
    """Store points and spans, in one request of each signal."""
    spans = decode_traces(traces(*(item for item in items if "spanId" in item)), True, EVER)
    points = decode_metrics(metrics(*(item for item in items if "spanId" not in item)), True, EVER)
    assert spans.rejected == points.rejected == 0
    store.insert(Rows(points=points.rows.points, spans=spans.rows.spans))


def report(store: Store, column: str = "cost_usd", **filters: Any) -> dict[str | None, Any]:
    return {row["repository"]: row[column] for row in store.ask("repositories", Query(**filters))}


def dollars(text: str) -> Decimal:
    return Decimal(text)


def test_cost_is_split_by_touches(store: Store) -> None:
    put(store, span(API, touches=3), span(GAME, touches=1), cost(1.0))
    assert report(store) == {"acme/api": dollars("0.75"), "jane/game": dollars("0.25")}


def test_what_cannot_be_divided_evenly_still_adds_up(store: Store) -> None:
    put(store, span(API, touches=3), span(WEB, touches=3), span(GAME, touches=1))
    put(store, cost(1e-9), cost(1.0, at=NOON + SECOND), cost(0.100000001, at=NOON + 2 * SECOND))
    assert sum(report(store).values()) == dollars("1.100000002")


def test_touches_of_all_prompts_count_whenever_they_arrive(store: Store) -> None:
    put(store, cost(1.0), span(API, prompt_id="p1"), cost(1.0, at=NOON + SECOND), span(GAME, prompt_id="p2", touches=3))
    assert report(store) == {"acme/api": dollars("0.5"), "jane/game": dollars("1.5")}


def test_a_time_filter_never_changes_a_share(store: Store) -> None:
    later = NOON + 86_400 * SECOND
    put(store, span(API), span(GAME, at=later), cost(1.0), cost(3.0, at=later))
    moments = store.ask("sessions")[0]
    first_day = report(store, end=moments["started"].replace(hour=23))
    assert first_day == {"acme/api": dollars("0.5"), "jane/game": dollars("0.5")}


def test_without_touches_all_goes_to_the_start_directory(store: Store) -> None:
    put(store, span(GAME, touches=0, at=NOON + SECOND), span(API, touches=0), cost(1.0))
    assert report(store) == {"acme/api": dollars("1")}


def test_the_start_directory_counts_for_nothing_once_something_is_touched(store: Store) -> None:
    put(store, span(API, touches=0), span(GAME), cost(1.0))
    assert report(store) == {"jane/game": dollars("1")}


def test_without_any_span_it_is_unknown(store: Store) -> None:
    put(store, cost(1.0))
    assert report(store) == {None: dollars("1")}


def test_touches_outside_every_repository_count_only_where_there_are_no_others(store: Store) -> None:
    put(store, span(API), span(None, touches=9), cost(1.0))
    put(store, span(API, "s2", touches=0), span(None, "s2", touches=9), cost(2.0, "s2"))
    assert report(store) == {"acme/api": dollars("1"), None: dollars("2")}


def test_a_session_that_began_outside_and_touched_nothing_is_unknown(store: Store) -> None:
    put(store, span(None, touches=0), span(API, touches=0, at=NOON + SECOND), cost(1.0))
    assert report(store) == {None: dollars("1")}


def test_lines_and_commits_go_where_they_were_measured(store: Store) -> None:
    put(store, span(API, touches=1, added=30, commits=1), span(GAME, touches=3, added=10, removed=5))
    put(store, point("lines_of_code.count", 80, type="added"), point("lines_of_code.count", 4, type="removed"))
    put(store, point("commit.count", 2), point("pull_request.count", 1))
    assert report(store, "lines_added") == {"acme/api": 60, "jane/game": 20}
    assert report(store, "lines_removed") == {"acme/api": 0, "jane/game": 4}
    assert report(store, "commits") == {"acme/api": 2, "jane/game": 0}
    assert report(store, "pull_requests") == {"acme/api": dollars("0.25"), "jane/game": dollars("0.75")}


def test_pull_requests_go_where_they_were_opened(store: Store) -> None:
    put(store, span(API, touches=9), span(GAME, touches=1, whence_pull__requests=1), point("pull_request.count", 1))
    assert report(store, "pull_requests") == {"acme/api": 0, "jane/game": 1}


def test_lines_that_were_not_measured_are_split_by_touches(store: Store) -> None:
    put(store, span(API, touches=1), span(GAME, touches=3), point("lines_of_code.count", 80, type="added"))
    assert report(store, "lines_added") == {"acme/api": 20, "jane/game": 60}


def requests(store: Store, *prompts: tuple[str, float], session: str = "s1") -> None:
    """Store what prompts cost."""
    for number, (prompt, dollars_spent) in enumerate(prompts):
        body = logs("api_request", session, NOON + number, prompt_id=prompt, cost__usd=dollars_spent)
        store.insert(decode_logs(body, True, EVER).rows)


def test_by_the_finer_rule_each_prompt_goes_by_its_own_touches(store: Store) -> None:
    put(store, span(API, touches=9, prompt_id="p1"), span(GAME, touches=1, prompt_id="p2"), cost(10.0))
    requests(store, ("p1", 2.0), ("p2", 8.0))
    assert report(store, split="session") == {"acme/api": dollars("9"), "jane/game": dollars("1")}
    assert report(store, split="prompt") == {"acme/api": dollars("2"), "jane/game": dollars("8")}


def test_by_the_finer_rule_prompts_without_touches_go_by_the_session(store: Store) -> None:
    put(store, span(API, touches=3, prompt_id="p1"), span(GAME, touches=1, prompt_id="p1"), cost(8.0))
    requests(store, ("p1", 4.0), ("p2", 4.0))
    assert report(store, split="prompt") == {"acme/api": dollars("6"), "jane/game": dollars("2")}


def test_the_finer_rule_without_events_is_the_coarse_one(store: Store) -> None:
    put(store, span(API, touches=3), span(GAME, touches=1), cost(8.0))
    assert report(store, split="prompt") == report(store) == {"acme/api": dollars("6"), "jane/game": dollars("2")}


def test_the_finer_rule_never_changes_lines_and_commits(store: Store) -> None:
    put(store, span(API, touches=1, added=30, prompt_id="p1"), span(GAME, touches=3, added=10, prompt_id="p2"))
    put(store, point("lines_of_code.count", 80, type="added"), cost(1.0))
    requests(store, ("p1", 9.0), ("p2", 1.0))
    assert report(store, "lines_added", split="prompt") == {"acme/api": 60, "jane/game": 20}


def test_two_hosts_with_the_same_name_are_two_repositories(store: Store) -> None:
    put(store, span(API), span("https://gitlab.com/acme/api"), cost(1.0))
    assert report(store) == {"acme/api": dollars("0.5"), "gitlab.com/acme/api": dollars("0.5")}


def test_case_on_github_makes_no_second_repository(store: Store) -> None:
    put(store, span(API), span("https://github.com/Acme/API", at=NOON + SECOND), cost(1.0))
    assert report(store) == {"Acme/API": dollars("1")}


def test_a_repository_without_a_remote_has_a_row_of_its_own(store: Store) -> None:
    put(store, span("local:notes"), cost(1.0))
    assert report(store) == {"local/notes": dollars("1")}


def test_before_the_first_classification_there_are_no_labels(store: Store) -> None:
    put(store, span(API), cost(1.0), cost(1.0, "s2"))
    assert report(store, "label") == {"acme/api": None, None: None}
    assert {row["label"] for row in store.ask("sessions")} == {None}


def test_after_it_what_was_not_seen_yet_is_unknown(store: Store) -> None:
    put(store, span(API), span(GAME), span(WEB), cost(1.0), cost(1.0, "s2"))
    verdicts = [
        Verdict("github.com/acme/api", "Managed", "in-organization"),
        Verdict("github.com/jane/game", "Unmanaged", "outside-organization"),
    ]
    store.put_labels(verdicts, ["acme"])
    assert report(store, "label") == {
        "acme/api": "Managed",
        "jane/game": "Unmanaged",
        "acme/web": "Unknown",
        None: "Unknown",
    }
    assert report(store, "reason")["acme/web"] == "not-classified-yet"


def test_a_label_is_what_the_last_classification_said(store: Store) -> None:
    put(store, span(API), cost(1.0))
    for label in ("Unmanaged", "Managed"):
        store.put_labels([Verdict("github.com/acme/api", label, "test")], ["acme"])
    assert report(store, "label") == {"acme/api": "Managed"}


def test_a_session_has_the_label_of_its_largest_share_and_a_tie_is_unmanaged(store: Store) -> None:
    put(store, span(API, "s1", touches=2), span(GAME, "s1"), cost(1.0, "s1"))
    put(store, span(API, "s2"), span(GAME, "s2"), cost(1.0, "s2"))
    put(store, span(WEB, "s3"), span(API, "s3"), cost(1.0, "s3"))
    put(store, cost(1.0, "s4"))
    verdicts = [Verdict(f"github.com/{name}", "Managed", "test") for name in ("acme/api",)]
    store.put_labels([*verdicts, Verdict("github.com/jane/game", "Unmanaged", "test")], ["acme"])
    labels = {row["session"]: row["label"] for row in store.ask("sessions")}
    assert labels == {"s1": "Managed", "s2": "Unmanaged", "s3": "Unknown", "s4": "Unknown"}


def test_the_users_email_from_telemetry_goes_before_the_hooks_and_both_before_the_id(store: Store) -> None:
    put(store, cost(1.0, "s1", user_email="jane@acme.example"), span(API, "s1", user_email="git@acme.example"))
    put(store, cost(1.0, "s2"), span(API, "s2", user_email="git@acme.example"))
    put(store, cost(1.0, "s3"))
    users = {row["session"]: row["user"] for row in store.ask("sessions")}
    assert users == {"s1": "jane@acme.example", "s2": "git@acme.example", "s3": "u-1"}


def test_a_models_suffix_makes_no_second_model(store: Store) -> None:
    put(
        store,
        cost(1.0, model="claude-opus-4-8[1m]"),
        point("lines_of_code.count", 1, type="added", model="claude-opus-4-8"),
    )
    assert store.ask("overview")[0]["models"] == 1


def test_filters_choose_by_user_model_repository_label_team_and_time(store: Store) -> None:
    put(store, span(API, "s1"), cost(1.0, "s1", user_email="a@x", team_id="core"))
    put(store, span(GAME, "s2"), cost(2.0, "s2", user_email="b@x", model="claude-haiku-4-5"))
    store.put_labels([Verdict("github.com/acme/api", "Managed", "test")], ["acme"])
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"users": ("a@x",)}, ["acme/api"]),
        ({"models": ("claude-haiku-4-5",)}, ["jane/game"]),
        ({"repositories": ("acme/api",)}, ["acme/api"]),
        ({"repositories": ("github.com/jane/game",)}, ["jane/game"]),
        ({"labels": ("Managed",)}, ["acme/api"]),
        ({"labels": ("Managed", "Unknown")}, ["acme/api", "jane/game"]),
        ({"teams": ("core",)}, ["acme/api"]),
        ({"users": ("a@x",), "models": ("claude-haiku-4-5",)}, []),
    ]
    for filters, expected in cases:
        assert sorted(map(str, report(store, **filters))) == expected, filters


def test_the_overview_adds_up(store: Store) -> None:
    put(store, cost(1.0, "s1", user_email="a@x"), cost(3.0, "s2", user_email="b@x", model="claude-haiku-4-5"))
    put(store, point("token.usage", 100, "s1", type="input", user_email="a@x", model="claude-opus-4-8"))
    (row,) = store.ask("overview")
    assert row == {
        "models": 2,
        "sessions": 2,
        "tokens": 100,
        "cost_usd": 4,
        "highest_cost_model": "claude-haiku-4-5",
        "cost_usd_per_session": 2.0,
        "power_user": "b@x",
        "active_users": 2,
    }


def test_an_empty_ledger_answers_every_question(store: Store) -> None:
    assert store.ask("repositories") == store.ask("sessions") == store.ask("observations") == []
    assert store.ask("overview")[0]["cost_usd"] == 0


_amounts = st.decimals(0, 5000, places=9).map(float)
_remotes = st.sampled_from([API, WEB, GAME, "https://gitlab.com/acme/api", "local:notes", None])
_sessions = st.sampled_from(["s1", "s2"])
# What a ledger accepts: from 2025 until tomorrow.
_BEGIN = 1_735_689_600 * SECOND
_times = st.integers(0, 680 * 86_400).map(lambda seconds: _BEGIN + seconds * SECOND)
_costs = st.builds(cost, _amounts, _sessions, _times)
_lines = st.builds(
    lambda n, s, t: point("lines_of_code.count", n, s, t, type="added"), st.integers(0, 999), _sessions, _times
)
_prompts = st.sampled_from(["p1", "p2", "p3"])
_spans = st.builds(
    span, _remotes, _sessions, _times, touches=st.integers(0, 50), added=st.integers(0, 50), prompt_id=_prompts
)
_requests = st.tuples(_prompts, st.floats(0, 100))


@pytest.mark.slow
@settings(max_examples=rounds(6, 200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    costs=st.lists(_costs, max_size=8),
    lines=st.lists(_lines, max_size=4),
    spans=st.lists(_spans, max_size=8),
    prompts=st.lists(_requests, max_size=4),
    closing=st.booleans(),
    order=st.randoms(use_true_random=False),
    cut=_times,
)
def test_splits_conserve_totals_in_any_order_any_repetition_and_any_partition_of_time(
    tmp_path_factory: pytest.TempPathFactory,
    costs: list[dict[str, Any]],
    lines: list[dict[str, Any]],
    spans: list[dict[str, Any]],
    prompts: list[tuple[str, float]],
    closing: bool,
    order: random.Random,
    cut: int,
) -> None:
    folder, moment = tmp_path_factory.mktemp("ledger"), datetime.fromtimestamp(cut / 1e9, UTC).replace(tzinfo=None)
    answers: list[dict[str | None, Decimal]] = []
    once = costs + lines + spans
    for items in (once, order.sample(once * 2, 2 * len(once))):
        store = Store(folder / f"{len(answers)}.duckdb")
        put(store, *items[: len(once)])
        requests(store, *prompts)
        if closing:
            store.tidy(timedelta(0))
        put(store, *items[len(once) :])
        for column, points, split in (
            ("cost_usd", costs, "session"),
            ("cost_usd", costs, "prompt"),
            ("lines_added", lines, "session"),
        ):
            whole = report(store, column, split=split)
            assert sum(whole.values(), Decimal(0)) == sum(_identified(points).values(), Decimal(0))
            before = report(store, column, split=split, end=moment)
            after = report(store, column, split=split, begin=moment)
            parts = {name: before.get(name, Decimal(0)) + after.get(name, Decimal(0)) for name in before | after}
            assert parts == whole
            answers.append(whole)
        store.close()
    assert answers[:3] == answers[3:]


def _identified(points: list[dict[str, Any]]) -> dict[str, Decimal]:
    """What each distinct data point is worth: the same one given twice counts once."""
    found = [(item["name"], item["sum"]["dataPoints"][0]) for item in points]
    nano = Decimal("1e-9")
    return {str((name, data)): Decimal(repr(data["asDouble"])).quantize(nano) for name, data in found}


def test_cost_is_compared_only_with_a_period_that_the_ledger_knows_whole(store: Store) -> None:
    day = 86_400 * SECOND
    noon = datetime.fromtimestamp(NOON // SECOND, UTC).replace(tzinfo=None)
    put(store, cost(2.0), cost(3.0, "next", at=NOON + day))

    def change(begin: datetime, days: int) -> tuple[Any, Any]:
        length = timedelta(days=days)
        (row,) = store.ask("cost", Query(begin=begin, end=begin + length, previous_begin=begin - length))
        return row["previous_cost_usd"], row["cost_change"]

    midnight = noon.replace(hour=0)
    assert change(midnight + timedelta(days=1), 1) == (2, 0.5)
    # What was spent before the first day nobody knows; nothing would look like a rise.
    assert change(midnight + timedelta(days=1), 2) == (None, None)
