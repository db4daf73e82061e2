"""The Grafana dashboard: every expression in it, asked of a real Prometheus that holds a generated history."""

import json
import math
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from builders.prometheus import BINARIES, running_prometheus
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import MEASURES, Rows
from whence_ledger.model.query import Query
from whence_ledger.store.store import Store

ROOT = Path(__file__).parents[2]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "whence.json").read_text())
TARGETS = {panel["title"]: panel["targets"][0] for panel in DASHBOARD["panels"] if panel["type"] != "row"}
DAYS = 2
_NAMES = {
    "cost_usd": ("claude_code_cost_usage_USD", ""),
    "input_tokens": ("claude_code_token_usage_tokens", ',type="input"'),
    "output_tokens": ("claude_code_token_usage_tokens", ',type="output"'),
    "cache_read_tokens": ("claude_code_token_usage_tokens", ',type="cacheRead"'),
    "cache_creation_tokens": ("claude_code_token_usage_tokens", ',type="cacheCreation"'),
    "lines_added": ("claude_code_lines_of_code_count", ',type="added"'),
    "lines_removed": ("claude_code_lines_of_code_count", ',type="removed"'),
    "commits": ("claude_code_commit_count", ""),
    "pull_requests": ("claude_code_pull_request_count", ""),
    "active_time_user": ("claude_code_active_time_seconds", ',type="user"'),
    "active_time_cli": ("claude_code_active_time_seconds", ',type="cli"'),
    "edits_accepted": ("claude_code_code_edit_tool_decision", ',decision="accept"'),
    "edits_rejected": ("claude_code_code_edit_tool_decision", ',decision="reject"'),
}


class World(NamedTuple):
    """A Prometheus and a ledger that hold the same days until ``end``."""

    url: str
    store: Store
    end: datetime

    def ask(self, title: str) -> dict[str, float]:
        """What a panel shows, by the value of its one label."""
        expression = TARGETS[title]["expr"]
        for name, value in {
            "$__range": f"{DAYS}d",
            "$__rate_interval": "4h",
            "$user": ".*",
            "$model": ".*",
        }.items():
            expression = expression.replace(name, value)
        # A chart is asked in the middle of a working day.
        moment = self.end if TARGETS[title]["instant"] else self.end - timedelta(hours=9)
        asked = {"query": expression, "time": moment.replace(tzinfo=UTC).timestamp()}
        told = httpx.get(f"{self.url}/api/v1/query", params=asked, timeout=120).json()
        assert told["status"] == "success", (title, told)
        return {"".join(one["metric"].values()): float(one["value"][1]) for one in told["data"]["result"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("prometheus")
    end = datetime.now(UTC).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    store = Store(folder / "ledger.duckdb")
    series: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    # The days before, too, which a change is measured against.
    for rows in history(organization(10), (end - timedelta(days=2 * DAYS)).date(), 2 * DAYS):
        store.insert(rows)
        _count(rows, series)
    names = {row["repository"]: row["display"] for row in store.ask("observations")}
    for key, display in names.items():
        label = "Managed" if "/acme/" in key else "Unmanaged"
        moment = end.replace(tzinfo=UTC).timestamp() - 60
        series["claude_code_repository_info", f'repository="{display}",repo_type="{label}"'] = [(moment, 1.0)]
    _write(folder, series, names)
    with running_prometheus(folder, "--storage.tsdb.retention.time=30d") as url:
        yield World(url, store, end)
    store.close()


def _count(rows: Rows, series: dict[tuple[str, str], list[tuple[float, float]]]) -> None:
    """Add what rows bring to the counters."""
    for point in sorted(rows.points):
        if point.measure is None:
            continue
        name, more = _NAMES[MEASURES[point.measure]]
        cell = point.cell
        labels = f'session_id="{cell.session_id}",user_email="{cell.user_email}",model="{cell.model}"'
        labels += f',query_source="{cell.query_source}"{more}'
        samples = series[name, labels]
        samples.append((point.time / 1e6, (samples[-1][1] if samples else 0.0) + point.nano / 1e9))
    for span in sorted(rows.spans, key=lambda span: span.touch.time):
        touch = span.touch
        touches = touch.reads + touch.edits + touch.searches + touch.commands
        if span.sighting and touches:
            labels = f'session_id="{touch.session_id}",repository="{touch.repository}"'
            samples = series["claude_code_repository_activity", labels]
            samples.append((touch.time / 1e6, (samples[-1][1] if samples else 0.0) + touches))


def _write(folder: Path, series: dict[tuple[str, str], list[tuple[float, float]]], names: dict[str, str]) -> None:
    """As Prometheus takes old samples: https://prometheus.io/docs/prometheus/latest/storage/"""
    by_metric: dict[str, list[str]] = defaultdict(list)
    for (metric, labels), samples in series.items():
        shown = re.sub(r'repository="([^"]*)"', lambda match: f'repository="{names.get(match[1], match[1])}"', labels)
        is_gauge = metric.endswith("_info")
        by_metric[metric] += [
            f"{metric}{'' if is_gauge else '_total'}{{{shown}}} {value:.9f} {moment:.3f}\n" for moment, value in samples
        ]
    with (folder / "history.om").open("w") as file:
        for metric, lines in by_metric.items():
            file.write(f"# TYPE {metric} {'gauge' if metric.endswith('_info') else 'counter'}\n")
            file.writelines(lines)
        file.write("# EOF\n")
    made = ["tsdb", "create-blocks-from", "openmetrics", str(folder / "history.om"), str(folder / "tsdb")]
    subprocess.run([str(BINARIES / "promtool"), *made], check=True, capture_output=True)


@pytest.mark.parametrize("title", TARGETS)
def test_every_panel_has_something_to_show(world: World, title: str) -> None:
    found = world.ask(title)
    assert found
    assert any(math.isfinite(value) and value for value in found.values())


def test_totals_are_the_ledgers(world: World) -> None:
    period = Query(begin=world.end - timedelta(days=DAYS), end=world.end)
    (told,) = world.store.ask("overview", period)
    (used,) = world.store.ask("usage", period)
    for title, ledger in {
        "Estimated cost": told["cost_usd"],
        "Tokens": told["tokens"],
        "Sessions": told["sessions"],
        "Commits": used["commits"],
        "Pull requests": used["pull_requests"],
        "Lines added": used["lines_added"],
        "Acceptance rate": used["acceptance_rate"],
        "Productivity ratio": used["productivity_ratio"],
    }.items():
        (shown,) = world.ask(title).values()
        assert shown == pytest.approx(float(ledger), rel=1e-6), title
    users = {row["user"]: float(row["cost_usd"]) for row in world.store.ask("users", period)}
    assert world.ask("Cost by user") == pytest.approx(users)


def test_repositories_and_labels_are_the_ledgers_as_far_as_shares_are_known(world: World) -> None:
    """A session that began before the range had touches before it, which a range does not see."""
    (total,) = world.ask("Estimated cost").values()
    repositories, labels = world.ask("All repositories"), world.ask("Managed vs unmanaged")
    assert sum(repositories.values()) == pytest.approx(total)
    assert sum(labels.values()) == pytest.approx(total)
    period = Query(begin=world.end - timedelta(days=DAYS), end=world.end)
    ledger = {row["repository"] or "Unknown": float(row["cost_usd"]) for row in world.store.ask("repositories", period)}
    assert set(repositories) <= set(ledger)
    apart = sum(abs(ledger[name] - repositories.get(name, 0.0)) for name in ledger)
    assert apart < 0.05 * total


def test_the_five_tabs_are_rows() -> None:
    rows: list[Any] = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    assert rows == ["Overview", "Cost", "Usage", "Users", "GitHub repos"]
