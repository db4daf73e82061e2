"""What every widget shows is what the API answers."""

import csv
import io
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from builders.ledger import Ledger, running_ledger
from builders.page import by_name, chart, figure, legend, number, open_tab, open_view, ring, table
from builders.telemetry import cost, metrics, now
from whence_ledger.dashboard.amount import NONE

SPENDERS = ("user", "cost_usd", "sessions", "repositories", "models", "spend_share")
ALEX, DANA, SAM = "alex.tran@acme.example", "dana.reyes@acme.example", "sam.oduya@acme.example"
TOMORROW = datetime.now(UTC).date() + timedelta(days=1)
PERIOD = {"from": f"{TOMORROW - timedelta(days=8)}T00:00:00", "to": f"{TOMORROW}T00:00:00"}


def assert_figures(page: Page, told: dict[str, Any], **fields: str) -> None:
    """Each card shows its field of the report."""
    for name, field in fields.items():
        assert number(figure(page, name.replace("_", "-"))) == pytest.approx(told[field], abs=1e-6), name


def assert_table(page: Page, name: str, rows: list[dict[str, Any]], *fields: str) -> None:
    """Each row of the table shows these fields of the report's row, in this order; shares in per cent."""
    shown = table(page, name)
    assert len(shown) == len(rows[:25])
    for cells, row in zip(shown, rows, strict=False):
        for cell, field in zip(cells, fields, strict=True):
            value = row[field]
            if isinstance(value, str) or value is None:
                assert cell in ({value} if value else {"Unknown", NONE}), field
            else:
                scale = 100 if field.endswith(("_share", "_rate")) else 1
                assert number(cell) == pytest.approx(value * scale, abs=1e-4 if scale > 1 else 1e-6), field


def assert_extensions(demo: Ledger, page: Page, by: str, period: dict[str, str]) -> None:
    """The card shows each row of the report, with a word for one that has no name."""
    words = {"withheld": "Name withheld by Claude Code", "none": "None", "not-reported": "Not reported"}
    rows = [row | {"name": row["name"] or words[row["status"]]} for row in demo.get(f"extensions/{by}", **period)]
    assert len(rows) > 1
    assert_table(page, "extensions", rows, "name", "cost_usd", "cost_share", "tokens", "sessions", "users")


def assert_series(drawn: list[float], rows: list[dict[str, Any]], measure: str) -> None:
    """A chart shows that measure of each bucket, and nothing where there was none."""
    assert [one for one in drawn if one] == pytest.approx([float(row[measure]) for row in rows if row[measure]])


def test_overview(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="overview", **PERIOD)
    told = demo.get("overview", **PERIOD)
    assert_figures(
        page,
        told,
        cost="cost_usd",
        sessions="sessions",
        tokens="tokens",
        active_users="active_users",
        cost_per_session="cost_usd_per_session",
        models="models",
    )
    assert figure(page, "highest-cost-model") == told["highest_cost_model"]
    assert figure(page, "power-user") == told["power_user"]
    assert_series(chart(page, "cost-over-time")["Cost"], demo.get("series", **PERIOD), "cost_usd")


def test_cost(demo: Ledger, page: Page) -> None:
    # A period that has an equal one before it.
    period = PERIOD | {"from": f"{TOMORROW - timedelta(days=4)}T00:00:00"}
    open_view(page, demo, tab="cost", **period)
    told = demo.get("cost", **period)
    assert_figures(page, told, cost="cost_usd", cost_per_session="cost_usd_per_session")
    assert number(figure(page, "cache-hit-rate")) == pytest.approx(told["cache_hit_rate"] * 100, abs=1e-3)
    assert number(figure(page, "cost-change")) == pytest.approx(told["cost_change"] * 100, abs=1e-3)
    # Tomorrow is not over, so API and dashboard compare with what is over; one without an end too.
    assert told["cost_change"] == demo.get("cost", **{"from": period["from"]})["cost_change"]
    begin = datetime.fromisoformat(f"{period['from']}+00:00")
    # A quarter of an hour may end meanwhile.
    befores = [begin - (datetime.now(UTC) + timedelta(minutes=shift) - begin) for shift in (0, 15)]
    costs = [demo.get("cost", **{"from": one.isoformat(), "to": period["from"]})["cost_usd"] for one in befores]
    assert min(costs) <= told["previous_cost_usd"] <= max(costs)
    models = demo.get("models", **period)
    assert_table(page, "models", models, "model", "cost_usd", "cost_share", "cache_hit_rate", "usd_per_million_tokens")
    assert_extensions(demo, page, "skill", period)
    spenders = demo.get("spenders", limit=10, **period)
    assert_table(page, "spenders", spenders, "user", "cost_usd", "cost_share", "tokens")
    kinds = {"Cache read": "cache_read", "Cache write": "cache_creation", "Input": "input", "Output": "output"}
    assert legend(page, "token-breakdown") == {title: told[f"{kind}_tokens"] for title, kind in kinds.items()}
    page.get_by_label("Kind of extension").click()
    page.get_by_role("option", name="Subagent", exact=True).click()
    page.wait_for_url("**extension=subagent**")
    expect(page.locator("#extensions th").first).to_contain_text("Subagent")
    assert_extensions(demo, page, "subagent", period)
    drawn = chart(page, "cost-over-time")
    assert set(drawn) == {one["model"] for one in models if one["cost_usd"]}
    for name, values in drawn.items():
        rows = [row for row in demo.get("series/model", **period) if row["name"] == name]
        assert_series(values, rows, "cost_usd")
    insights = demo.get("insights", limit=20, **period)
    shown = page.locator("#insights .insight-title").all_text_contents()
    assert shown == [one["title"] for one in insights]
    assert page.locator("#insights .insight-evidence").all_text_contents() == [one["evidence"] for one in insights]
    savings = page.locator("#insights .insight-saving").evaluate_all("all => all.map(one => one.title)")
    told = [one["saving_usd"] for one in insights]
    assert [number(one) if one else None for one in savings] == pytest.approx(told)
    # What saves nothing by itself is there all the same, last.
    assert [one["rule"] for one in insights if one["saving_usd"] is None] == ["outside-the-organization"]
    assert told[-1] is None


def test_usage(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="usage", **PERIOD)
    told = demo.get("usage", **PERIOD)
    assert_figures(page, told, sessions="sessions", commits="commits", pull_requests="pull_requests")
    assert number(figure(page, "productivity-ratio")) == pytest.approx(told["productivity_ratio"])
    assert number(figure(page, "acceptance-rate")) == pytest.approx(told["acceptance_rate"] * 100, abs=1e-3)
    assert [number(part) for part in figure(page, "lines").split(" ")] == [told["lines_added"], told["lines_removed"]]
    series = demo.get("series", **PERIOD)
    for name in ("edits_accepted", "edits_rejected"):
        assert sum(one[name] for one in series) == pytest.approx(told[name])
    proposed = [one for one in series if one["edits_accepted"] + one["edits_rejected"]]
    course = page.locator("#acceptance-rate polyline").get_attribute("points")
    assert course is not None
    assert len(course.split()) == len(proposed)
    assert_series(chart(page, "sessions-over-time")["Sessions"], series, "sessions")
    assert_series(chart(page, "commits-over-time")["Commits"], series, "commits")
    assert_series(chart(page, "commits-over-time")["Pull requests"], series, "pull_requests")
    assert_table(page, "tools", demo.get("tools", **PERIOD), "tool", "uses", "failures", "failure_rate")


def test_users_and_a_users_drawer(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="users", **PERIOD)
    fields = ("user", "cost_usd", "cost_share", "sessions", "tokens", "lines_added", "lines_removed", "commits")
    assert_table(page, "users", demo.get("users", **PERIOD), *fields, "pull_requests", "models")
    page.locator("#users").get_by_text(DANA).click()
    page.wait_for_selector("#drawer-models-over-time .chart")
    chosen = PERIOD | {"user": DANA}
    assert_figures(page, demo.get("overview", **chosen), drawer_cost="cost_usd", drawer_sessions="sessions")
    assert_figures(page, demo.get("overview", **chosen), drawer_tokens="tokens")
    told = demo.get("usage", **chosen)
    assert_figures(page, told, drawer_commits="commits", drawer_pull_requests="pull_requests")
    lines = [number(part) for part in figure(page, "drawer-lines").split(" ")]
    assert lines == [told["lines_added"], told["lines_removed"]]
    times = {"User": told["active_time_user"], "Claude": told["active_time_cli"]}
    assert legend(page, "drawer-active-time") == pytest.approx(times, abs=0.5)
    series = demo.get("series", **chosen)
    assert_series(chart(page, "drawer-sessions-over-time")["Sessions"], series, "sessions")
    parts = chart(page, "drawer-tokens-over-time")
    assert sum(map(sum, parts.values())) == sum(row["tokens"] for row in series)
    assert_series(chart(page, "drawer-impact-over-time")["Lines added"], series, "lines_added")
    models = demo.get("series/model", **chosen)
    for name, values in chart(page, "drawer-models-over-time").items():
        assert_series(values, [row for row in models if row["name"] == name], "cost_usd")


def test_coverage_lists_the_days_and_machines_on_which_something_is_missing(page: Page, tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        common: dict[str, Any] = {"user_email": "ada@acme.example", "user_id": "f" * 64}
        ledger.accept("metrics", metrics(cost(3, "s1", now(), **common), service_version="2.1.197"))
        ledger.accept(
            "metrics", metrics(cost(1, "s2", now(), **common, vcs_repository_url_full="https://x.example/a/b"))
        )
        open_view(page, ledger, tab="users", range="7d")
        (row,) = ledger.get("coverage")
        because = (
            "the hook reported nothing, and this Claude Code cannot name the repository; the hook reported nothing"
        )
        (shown,) = table(page, "coverage")
        assert [shown[0], shown[1], shown[2]] == ["ada@acme.example", row["day"][:10], because]
        assert list(map(number, shown[3:8])) == [2, 4, 0, 25, 75]
        assert shown[8:] == ["f" * 8, "2.1.197"]
        page.get_by_label("Search coverage").fill("nobody")
        expect(page.locator("#coverage tbody tr")).to_have_count(0)
        page.locator("#coverage").get_by_label("Search coverage").fill("ada")
        page.locator("#coverage").get_by_text("ada@acme.example").click()
        page.wait_for_selector("#drawer-models-over-time .chart")


def cases_in_words(demo: Ledger, user: str) -> str | None:
    """How many of a user's repositories outside the organization have a case of which status, if any has one."""
    cases = {one["repository"]: one for one in demo.get("cases", user=user, **PERIOD)}
    counts: Counter[str] = Counter()
    for row in demo.get("repositories", user=user, label="Unmanaged", **PERIOD):
        case = cases.get(row["repository"])
        words = case["status"].replace("-", " ") if case else "new"
        counts[words + (", still spending" if case and case["is_settled"] and case["cost_usd_since"] > 0 else "")] += 1
    return "; ".join(f"{number} {words}" for words, number in sorted(counts.items())) if cases else None


def test_repositories_and_their_csv(demo: Ledger, page: Page) -> None:
    open_view(page, demo, tab="repositories", **PERIOD)
    told = demo.get("repositories", **PERIOD)
    shown = [[*row[:2], *row[3:]] for row in table(page, "repositories")]
    measures = ("cost_usd", "cost_share", "tokens", "sessions", "users", "lines_added", "commits")
    for cells, row in zip(shown, told, strict=False):
        assert cells[:2] == [row["repository"] or "Unknown", row["label"]]
        expected = [row[field] * (100 if field == "cost_share" else 1) for field in measures]
        assert [number(cell) for cell in cells[2:]] == pytest.approx(expected, abs=1e-4)
    labels = by_name(demo.get("labels", **PERIOD), "label", "cost_usd")
    assert legend(page, "managed") == pytest.approx(labels)
    assert ring(page, "managed") == pytest.approx(labels)
    costs = by_name(told, "repository", "cost_usd")
    slices = dict(list(costs.items())[:7]) | {"All other repos": sum(list(costs.values())[7:])}
    assert legend(page, "distribution") == pytest.approx(slices)
    assert ring(page, "distribution") == pytest.approx(slices)
    unmanaged = demo.get("unmanaged", limit=5, **PERIOD)
    fields = ("user", "cost_usd", "sessions", "repositories", "models", "spend_share", "cases")
    decided = [row["user"] for row in demo.get("cases", **PERIOD)]
    assert {ALEX, DANA, SAM} <= set(decided)
    unmanaged = [row | {"cases": cases_in_words(demo, row["user"])} for row in unmanaged]
    assert_table(page, "unmanaged", unmanaged, *fields)
    page.get_by_label("Search repositories").fill("danareyes")
    expect(page.locator("#repositories tbody tr")).to_have_count(2)
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    days = f"{TOMORROW - timedelta(days=8)}_{TOMORROW - timedelta(days=1)}"
    assert taken.value.suggested_filename == f"whence_repositories_{days}_by-request_search-danareyes.csv"
    content = Path(taken.value.path()).read_bytes().decode()
    assert content.startswith("Repository,Label,Reason,Cost,")
    assert content.count("\r\n") == content.count("\n") == 3
    lines = list(csv.reader(io.StringIO(content)))
    assert all(re.fullmatch(r"[0-9]+(\.[0-9]*[1-9])?", one) for line in lines[1:] for one in line[3:])
    assert [line[0] for line in lines[1:]] == [row[0] for row in table(page, "repositories")]
    assert [float(line[3]) for line in lines[1:]] == [number(row[3]) for row in table(page, "repositories")]


@pytest.mark.parametrize("name", ["acme/graph-sdk", "danareyes/architecture-notes"])
def test_the_drawer_of_a_repository(demo: Ledger, page: Page, name: str) -> None:
    open_view(page, demo, tab="repositories", drawer=f"repository:{name}", **PERIOD)
    chosen = PERIOD | {"repository": name}
    (told,) = demo.get("repositories", **chosen)
    page.wait_for_selector("#drawer-history tbody tr")
    assert_figures(page, told, drawer_cost="cost_usd", drawer_sessions="sessions", drawer_users="users")
    assert_figures(page, told, drawer_tokens="tokens", drawer_commits="commits")
    lines = [number(part) for part in figure(page, "drawer-lines").split(" ")]
    assert lines == [told["lines_added"], told["lines_removed"]]
    assert_table(page, "drawer-spenders", demo.get("spenders", limit=10, **chosen), *SPENDERS)
    expect(page.locator(".drawer-label")).to_have_text(f"{told['label']} · {because(told)}")
    link = page.get_by_role("link", name="Open the repository")
    assert link.get_attribute("href") == told["url"] == f"https://github.com/{name}"
    models = demo.get("series/model", **chosen)
    for model, values in chart(page, "drawer-models-over-time").items():
        assert_series(values, [row for row in models if row["name"] == model], "cost_usd")
    sessions = demo.get("sessions", limit=10, **chosen)
    shown = table(page, "drawer-session-list")
    assert [(cells[0], cells[2]) for cells in shown] == [(row["session"], row["user"]) for row in sessions]
    assert [number(cells[3]) for cells in shown] == pytest.approx([row["cost_usd"] for row in sessions])
    changes = demo.get("labels/changes", repository=name)
    assert [cells[:3] for cells in table(page, "drawer-history")] == [
        [row["to"], row["from"] or NONE, because(row)] for row in changes
    ]


def test_the_drawer_of_a_session(demo: Ledger, page: Page) -> None:
    session = demo.get("sessions", user=DANA, limit=1, **PERIOD)[0]
    open_view(page, demo, tab="users", drawer=f"user:{DANA}", **PERIOD)
    page.locator("#drawer-session-list").get_by_text(session["session"], exact=True).click()
    page.wait_for_selector("#drawer-tools tbody tr")
    assert_figures(page, session, drawer_cost="cost_usd", drawer_tokens="tokens", drawer_commits="commits")
    prompts = demo.get("sessions/prompts", session=session["session"])
    shown = table(page, "drawer-prompts")
    assert [cells[0] for cells in shown] == [str(place) for place in range(1, len(prompts) + 1)]
    assert [number(cells[2]) for cells in shown] == pytest.approx([row["cost_usd"] for row in prompts])
    assert [cells[3:5] for cells in shown] == [[row["repositories"], row["models"]] for row in prompts]
    assert sum(row["cost_usd"] for row in prompts) == pytest.approx(session["cost_usd"])
    # In the demo the hook measures what Claude Code reports, so that nobody wonders where the rest is.
    for measure in ("lines_added", "lines_removed", "commits"):
        assert sum(row[measure] for row in prompts) == session[measure]
    assert number(shown[0][7].partition(" ")[0]) == prompts[0]["lines_added"]
    assert datetime.fromisoformat(session["started"]) <= datetime.fromisoformat(prompts[0]["started"])
    parts = demo.get("sessions/repositories", session=session["session"])
    assert [(row[0], number(row[3])) for row in table(page, "drawer-spend")] == [
        (row["repository"], row["cost_usd"]) for row in parts
    ]
    assert_table(
        page, "drawer-tools", demo.get("sessions/tools", session=session["session"]), "tool", "uses", "failures"
    )
    assert [row[0] for row in table(page, "drawer-models")] == [parts[0]["model"]]
    page.locator(".drawer").get_by_role("button", name=DANA).click()
    page.wait_for_selector("#drawer-tokens-over-time .chart")


@pytest.mark.parametrize("label", ["Managed", "Unmanaged"])
def test_the_drawer_of_a_label_names_the_repositories_of_each_user(demo: Ledger, page: Page, label: str) -> None:
    open_view(page, demo, tab="repositories", drawer=f"label:{label}", **PERIOD)
    chosen = PERIOD | {"label": label}
    page.wait_for_selector("#drawer-spenders tbody tr")
    told = demo.get("overview", **chosen)
    assert_figures(page, told, drawer_cost="cost_usd", drawer_sessions="sessions", drawer_users="active_users")
    spenders = demo.get("spenders", limit=10, **chosen)
    touched = {
        one["user"]: [
            f"{row['repository']} {float(row['cost_usd'])}"
            for row in demo.get("repositories", **chosen | {"user": one["user"]})
        ]
        for one in spenders
    }
    lines = """rows => rows.map(row => [...row.querySelectorAll('.cell-links li')].map(
        one => [...one.children].map(part => part.title)))"""
    shown = page.locator("#drawer-spenders tbody tr").evaluate_all(lines)
    for one, links in zip(spenders, shown, strict=True):
        named = touched[one["user"]]
        assert [f"{link[0]} {number(link[1])}" for link in links if link] == named[:4]
        assert len(links) == min(len(named), 5)
        assert one["repositories"] == len(named)
    rows = [[*cells[:2], *cells[3:]] for cells in table(page, "drawer-spenders")]
    for cells, row in zip(rows, spenders, strict=True):
        assert cells[0] == row["user"]
        assert [number(cells[1]), number(cells[2])] == pytest.approx([row["cost_usd"], row["sessions"]])
        assert number(cells[4]) == pytest.approx(row["spend_share"] * 100, abs=1e-4)
    # It is read without scrolling; the models may be out of sight.
    expect(page.locator("#drawer-spenders th", has_text="% of spend")).to_be_in_viewport(ratio=1)


def test_the_drawer_of_a_user_shows_all_their_repositories_however_it_is_filtered(demo: Ledger, page: Page) -> None:
    told = demo.get("repositories", **PERIOD | {"user": DANA})
    labels = by_name(demo.get("labels", **PERIOD | {"user": DANA}), "label", "cost_usd")
    filters: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"drawer": f"user:{DANA}"}, {}),
        ({"drawer": f"unmanaged:{DANA}"}, {"label": "Unmanaged"}),
        ({"drawer": f"user:{DANA}", "label": "Managed"}, {"label": "Managed"}),
    ]
    for view, chosen in filters:
        open_view(page, demo, tab="repositories", **PERIOD, **view)
        page.wait_for_selector("#drawer-tokens-over-time .chart")
        figures = demo.get("overview", **PERIOD, user=DANA, **chosen)
        assert_figures(page, figures, drawer_cost="cost_usd", drawer_sessions="sessions", drawer_tokens="tokens")
        parts = chart(page, "drawer-tokens-over-time")
        assert sum(map(sum, parts.values())) == figures["tokens"]
        assert legend(page, "drawer-spend") == pytest.approx(labels)
        outside = labels["Unmanaged"] / sum(labels.values())
        expect(page.locator(".spend-words")).to_have_text(f"{outside:.1%} outside the organization")
        every = table(page, "drawer-spend")
        cases = {one["repository"]: one["status"].replace("-", " ") for one in demo.get("cases", user=DANA)}
        for cells in every:
            assert cells[2] == (cases.get(cells[0], "new") if cells[1] == "Unmanaged" else NONE)
        rows = [[*cells[:2], *cells[3:]] for cells in every]
        assert [cells[:3] for cells in rows] == [[row["repository"], row["label"], because(row)] for row in told]
        measures = ("cost_usd", "cost_share", "tokens")
        for cells, row in zip(rows, told, strict=True):
            expected = [row[field] * (100 if field == "cost_share" else 1) for field in measures]
            assert [number(cell) for cell in cells[3:6]] == pytest.approx(expected, abs=1e-4)
            assert [number(part) for part in cells[6].split(" ")] == [row["lines_added"], row["lines_removed"]]
            assert number(cells[7]) == row["commits"]
            seen = datetime.fromisoformat(row["last_seen"]).astimezone(ZoneInfo("Europe/Berlin"))
            assert cells[8].startswith(f"{seen:%Y-%m-%d %H:%M:%S}")


def because(row: dict[str, Any]) -> str:
    """The reason of a label, as the demo's are written."""
    words = {"in-organization": f"in organization: {row['evidence']}", "outside-organization": "outside organization"}
    return words.get(row["reason"]) or f"{row['reason'].replace('-', ' ')} {row['evidence']}"


def test_a_filter_narrows_every_tab(demo: Ledger, page: Page) -> None:
    chosen = PERIOD | {"user": DANA}
    open_view(page, demo, tab="overview", **chosen)
    assert_figures(page, demo.get("overview", **chosen), cost="cost_usd")
    open_tab(page, "Cost", "token-breakdown")
    assert_figures(page, demo.get("cost", **chosen), cost="cost_usd")
    open_tab(page, "Usage", "tools")
    assert_figures(page, demo.get("usage", **chosen), commits="commits")
    open_tab(page, "Users", "users")
    assert [row[0] for row in table(page, "users")] == [DANA]
    open_tab(page, "GitHub repos", "repositories")
    assert [row[0] for row in table(page, "repositories")] == [
        row["repository"] for row in demo.get("repositories", **chosen)
    ]
