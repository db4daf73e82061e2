"""Insights: each rule finds what it is about, with its evidence and what following it might save."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from builders.telemetry import EVER, NOON, SECOND, metrics, point, span, traces
from whence_ledger.ingest.otlp import decode_metrics, decode_traces
from whence_ledger.model.insight import RULES, explain
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

OPUS: dict[str, Any] = {"model": "claude-opus-4-8"}
HAIKU: dict[str, Any] = {"model": "claude-haiku-4-5"}
API, GAME = "https://github.com/acme/api", "https://github.com/jane/game"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def use(store: Store, session: str, dollars: float, remote: str = API, lines: int = 1, **more: Any) -> None:
    """A session that cost so much: by default on Opus, with much output, much read from the cache, and a change."""
    kinds = {"input": 1_000, "output": 10_000, "cacheRead": 100_000, "cacheCreation": 1_000}
    kinds |= {name: more.pop(name) for name in list(more) if name in kinds}
    more = {"user_email": "jane@acme.example"} | OPUS | more
    items = [point("token.usage", amount, session, type=kind, **more) for kind, amount in kinds.items()]
    items.append(point("cost.usage", dollars, session, **more))
    if lines:
        items.append(point("lines_of_code.count", lines, session, type="added", **more))
    points = decode_metrics(metrics(*items), True, EVER).rows.points
    spans = decode_traces(traces(span(remote, session, NOON + SECOND)), True, EVER).rows.spans
    store.insert(Rows(points=points, spans=spans))


def found(store: Store) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in store.ask("insights")}


def test_an_ordinary_ledger_has_nothing_to_save(store: Store) -> None:
    use(store, "s1", 1.0)
    use(store, "s2", 1.0)
    assert found(store) == {}


def test_who_misses_the_cache_everywhere_is_told_once_and_not_again_for_the_repository(store: Store) -> None:
    use(store, "s1", 1.0, cacheRead=1_000_000)
    use(store, "s2", 1.0, GAME, cacheRead=0, input=100_000, user_email="joe@acme.example")
    rows = found(store)
    assert rows.keys() == {"low-cache-hit-rate-of-user"}
    assert rows["low-cache-hit-rate-of-user"]["subject"] == "joe@acme.example"
    # 101,000 prompt tokens; everybody reads 1,000,000 of 1,103,000 from the cache. Two dollars bought 101,000 input
    # tokens, 20,000 of output, 2,000 written and 1,000,000 read.
    units = 101_000 + 5 * 20_000 + 1.25 * 2_000 + 0.1 * 1_000_000
    saved = 101_000 * (1_000_000 / 1_103_000) * 0.9 * 2 / units
    assert rows["low-cache-hit-rate-of-user"]["saving_usd"] == pytest.approx(saved)


def test_a_repository_that_nobody_reads_from_the_cache_is_told(store: Store) -> None:
    for user in ("jane", "joe", "kim"):
        more: dict[str, Any] = {"user_email": f"{user}@acme.example", "cacheCreation": 0}
        use(store, f"{user}-1", 5.0, cacheRead=1_000_000, **more)
        use(store, f"{user}-2", 0.5, GAME, cacheRead=0, input=50_000, **more)
    rows = found(store)
    assert rows.keys() == {"low-cache-hit-rate-of-repository"}
    assert rows["low-cache-hit-rate-of-repository"]["subject"] == "jane/game"


def test_who_uses_a_model_that_nobody_caches_on_is_compared_on_that_model(store: Store) -> None:
    for user in ("jane", "joe"):
        use(store, f"{user}-1", 1.0, cacheRead=1_000_000, user_email=f"{user}@acme.example")
    for user in ("kim", "lea"):
        use(store, f"{user}-1", 1.0, cacheRead=0, input=100_000, user_email=f"{user}@acme.example", **HAIKU)
    assert not {"low-cache-hit-rate-of-user", "low-cache-hit-rate-of-repository"} & found(store).keys()


def test_an_expensive_model_on_small_sessions_is_compared_with_the_cheapest_one(store: Store) -> None:
    use(store, "s1", 5.0, output=100)
    use(store, "s2", 1.0, output=100, **HAIKU)
    row = found(store)["expensive-model-on-small-sessions"]
    assert (row["subject"], row["cheapest_model"]) == ("claude-opus-4-8", "claude-haiku-4-5")
    assert row["saving_usd"] == pytest.approx(4.0)


def test_a_subagent_in_a_small_session_counts_once(store: Store) -> None:
    use(store, "s1", 5.0, output=100, query__source="subagent")
    use(store, "s2", 1.0, output=100, **HAIKU)
    assert found(store).keys() == {"subagents-on-an-expensive-model"}


def test_fast_mode_is_compared_with_normal_speed(store: Store) -> None:
    use(store, "s1", 1.0, speed="normal")
    use(store, "s2", 6.0, speed="fast")
    assert found(store)["fast-mode"]["saving_usd"] == pytest.approx(5.0)


def test_high_effort_on_small_sessions_is_compared_with_less(store: Store) -> None:
    use(store, "s1", 3.0, output=10, effort="high")
    use(store, "s2", 1.0, output=10, effort="medium")
    assert found(store)["high-effort-on-small-sessions"]["saving_usd"] == pytest.approx(2.0)


def test_cache_writes_that_are_never_read_cost_a_quarter_more(store: Store) -> None:
    use(store, "s1", 1.0, input=0, output=0, cacheRead=0, cacheCreation=1_000_000)
    row = found(store)["cache-writes-never-read"]
    assert (row["saving_usd"], row["unread_sessions"]) == (pytest.approx(0.2), 1)


def test_sessions_without_a_change_that_cost_more_than_others(store: Store) -> None:
    use(store, "s1", 9.0, lines=0)
    use(store, "s2", 1.0)
    row = found(store)["sessions-without-a-change"]
    assert (row["saving_usd"], row["unchanged_sessions"]) == (pytest.approx(4.0), 1)


def test_subagents_on_an_expensive_model(store: Store) -> None:
    use(store, "s1", 5.0, query__source="subagent")
    use(store, "s2", 1.0, **HAIKU)
    assert found(store)["subagents-on-an-expensive-model"]["saving_usd"] == pytest.approx(4.0)


def test_what_is_spent_outside_the_organization(store: Store) -> None:
    use(store, "s1", 5.0)
    use(store, "s2", 2.0, GAME)
    store.put_labels([Verdict("github.com/jane/game", "Unmanaged", "test")], ["acme"])
    row = found(store)["outside-the-organization"]
    assert (row["cost_usd"], row["saving_usd"]) == (pytest.approx(2.0), None)
    # What saves something comes before it.
    use(store, "s3", 6.0, speed="fast")
    assert [one["rule"] for one in store.ask("insights")] == ["fast-mode", "outside-the-organization"]


def test_every_rule_has_words_and_a_name_in_them_stays_as_it_is(store: Store) -> None:
    use(store, "s1", 1.0, cacheRead=1_000_000)
    use(store, "s2", 1.0, cacheRead=0, input=100_000, user_email="{cost_usd}<b>")
    (row,) = [row for row in store.ask("insights") if row["rule"] == "low-cache-hit-rate-of-user"]
    assert explain(row)["title"] == "{cost_usd}<b> misses the cache more than others"
    assert len(RULES) == 9


def test_every_file_is_a_rule_and_every_number_of_a_rule_is_used() -> None:
    folder = files("whence_ledger") / "sql" / "insights"
    found = {file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert found.keys() == RULES.keys()
    assert {name: set(re.findall(r"\$(\w+)", sql)) for name, sql in found.items()} == {
        name: set(rule.thresholds) for name, rule in RULES.items()
    }


@pytest.mark.parametrize(("number", "words"), [(1, "1 session left"), (2, "2 sessions left")])
def test_one_session_is_no_sessions(number: int, words: str) -> None:
    row = dict.fromkeys(("subject", "saving_usd", "cost_usd", "measured", "reference"), 1.0)
    told = explain(row | {"rule": "sessions-without-a-change", "unchanged_sessions": number})
    assert told["evidence"].startswith(words)
