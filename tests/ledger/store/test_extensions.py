"""Extensions: what was spent on each skill, subagent, plugin, MCP server and slash command.

That both stores agree is in ``test_clickhouse.py``; the real client's names are in ``e2e/test_extensions.py``.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.telemetry import EVER, NOON, SECOND, cost, logs, metrics, span, traces
from whence_ledger.demo.generate import history, organization
from whence_ledger.ingest.otlp import decode_logs, decode_metrics, decode_traces
from whence_ledger.model.query import Query
from whence_ledger.store.store import Store

API, WEB = "https://github.com/acme/api", "https://github.com/acme/web"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "ledger.duckdb")
    yield opened
    opened.close()


def put(store: Store, *events: bytes, spans: tuple[dict[str, Any], ...] = (), dollars: float = 0) -> None:
    for body in events:
        store.insert(decode_logs(body, True, EVER).rows)
    store.insert(decode_traces(traces(*spans), True, EVER).rows)
    if dollars:
        store.insert(decode_metrics(metrics(cost(dollars)), True, EVER).rows)


def asked(dollars: float, second: int, **made_for: str) -> bytes:
    """A request of the prompt ``p1``, with a tool call of the same number."""
    named = {"prompt_id": "p1", "query__source": "sdk", "model": "claude-opus-4-8"} | made_for
    return logs("api_request", "s1", NOON + second * SECOND, cost__usd=dollars, request__id=f"r-{second}", **named)


def called(second: int) -> bytes:
    named = {"tool__use__id": f"c-{second}", "request__id": f"r-{second}", "prompt_id": "p1", "tool__name": "Read"}
    return logs("tool_decision", "s1", NOON + second * SECOND, **named)


def prompted(command: str) -> bytes:
    return logs("user_prompt", "s1", NOON, prompt_id="p1", command__name=command, prompt="SECRET")


def spent(store: Store, by: str, **filters: Any) -> dict[str, Decimal]:
    """Cost by name, or by status where there is no name."""
    rows = store.ask("extensions", Query(by=by, **filters))
    return {row["name"] or f"({row['status']})": row["cost_usd"] for row in rows}


def test_a_request_counts_for_what_it_names_and_all_add_up(store: Store) -> None:
    put(store, asked(1, 10), asked(2, 20, skill_name="tidy"), asked(5, 30, skill_name="third-party", plugin_name="x"))
    put(store, asked(8, 40, agent_name="Explore", query__source="agent:builtin:Explore"), dollars=32)
    expected = {"tidy": 4, "(withheld)": 10, "(none)": 18}
    assert spent(store, "skill") == expected
    store.tidy(timedelta(0))
    assert spent(store, "skill") == expected
    assert spent(store, "plugin") == {"x": 10, "(none)": 22}
    assert spent(store, "subagent") == {"Explore": 16, "(none)": 16}
    assert spent(store, "mcp-server") == {"(none)": 32}


def test_the_days_of_an_older_ledger_get_their_extensions(tmp_path: Path) -> None:
    path = tmp_path / "ledger.duckdb"
    store = Store(path)
    for rows in history(organization(3, seed=5), date.today() - timedelta(days=3), 2, every=900):
        store.insert(rows)
    store.tidy(timedelta(0))
    store.close()
    rolled_up = "SELECT * FROM daily_extensions ORDER BY ALL"
    with duckdb.connect(path) as database:
        before = database.execute(rolled_up).fetchall()
        assert database.execute("SELECT count(*) FROM closed_extensions WHERE high - low < total").fetchall() > [(0,)]
        database.execute("DROP TABLE daily_extensions; DELETE FROM schema_version WHERE version = 17")
    Store(path).close()
    with duckdb.connect(path) as database:
        assert database.execute(rolled_up).fetchall() == before


def test_a_skill_costs_what_it_cost_in_the_repository_where_it_was_used(store: Store) -> None:
    put(store, asked(1, 10, skill_name="tidy"), called(10), asked(3, 20), called(20), dollars=4)
    put(
        store,
        spans=(
            span(API, prompt_id="p1", whence_tool__use__ids=["c-10"]),
            span(WEB, prompt_id="p1", whence_tool__use__ids=["c-20"]),
        ),
    )
    assert spent(store, "skill", repositories=("acme/api",)) == {"tidy": 1}
    assert spent(store, "skill", repositories=("acme/web",)) == {"(none)": 3}


def test_without_events_it_is_not_reported(store: Store) -> None:
    put(store, dollars=3)
    assert spent(store, "skill") == {"(not-reported)": 3}


def test_a_slash_command_has_its_prompts_requests_and_is_stored_without_arguments(store: Store, tmp_path: Path) -> None:
    put(store, prompted("/review PASSWORD"), asked(1, 10), asked(2, 20, agent_name="Explore"), dollars=3)
    assert spent(store, "slash-command") == {"review": 3}
    store.close()
    written = (tmp_path / "ledger.duckdb").read_bytes()
    assert b"review" in written
    assert b"PASSWORD" not in written
    assert b"SECRET" not in written


def test_a_withheld_slash_command_is_the_skill_of_its_first_request(store: Store) -> None:
    put(store, prompted("custom"), asked(1, 10, skill_name="ship"), asked(2, 20, skill_name="tidy"), dollars=3)
    assert spent(store, "slash-command") == {"ship": 3}


def test_a_slash_command_whose_skill_is_withheld_too_has_no_name(store: Store) -> None:
    put(store, prompted("custom"), asked(1, 10, skill_name="third-party"), dollars=1)
    assert spent(store, "slash-command") == {"(withheld)": 1}
