"""The five tabs. Each asks what it needs at once, then draws."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.amount import Amount, count, duration, money, share, text
from whence_ledger.dashboard.card import card, command, figure, nothing
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import Column, Sheet
from whence_ledger.insight import explain

PIE_SLICES = 7
OTHERS = "All other repos"
UNKNOWN = "Unknown"
# Where the report that an insight names is shown.
WIDGETS = {
    "users": ("users", "users"),
    "repositories": ("repositories", "repositories"),
    "models": ("cost", "models"),
    "sessions": ("usage", "sessions-over-time"),
    "unmanaged": ("repositories", "unmanaged"),
}


async def overview(look: Look) -> None:
    """What there was, in eight figures, and over time."""
    (row,), series = await asyncio.gather(look.ask("overview"), look.ask("series"))
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Estimated cost", money(row["cost_usd"], locale), "cost")
        figure("Sessions", count(row["sessions"], locale), "sessions")
        figure("Tokens", count(row["tokens"], locale), "tokens")
        figure("Active users", count(row["active_users"], locale), "active-users")
        figure("Average cost per session", money(row["cost_usd_per_session"], locale), "cost-per-session")
        figure("Models in use", count(row["models"], locale), "models")
        figure("Highest-cost model", text(row["highest_cost_model"]), "highest-cost-model")
        figure("Power user", text(row["power_user"]), "power-user", "most cost")
    with card("Cost over time", "cost-over-time", "wide"):
        _over_time(look, series, {"Cost": "cost_usd"}, True)


async def cost(look: Look) -> None:
    """What it cost, and where money might be saved."""
    (row,), series, models, spenders, insights = await asyncio.gather(
        look.ask("cost"),
        look.ask("series_by_model", limit=chart_series()),
        look.ask("models"),
        look.ask("spenders", limit=10),
        look.ask("insights", limit=10),
    )
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Total cost", money(row["cost_usd"], locale), "cost")
        before = (
            f"before: {money(row['previous_cost_usd'], locale).shown}"
            if row["cost_change"] is not None
            else "no equal period before"
        )
        figure("Cost change", share(row["cost_change"], locale, signed=True), "cost-change", before)
        figure("Average per session", money(row["cost_usd_per_session"], locale), "cost-per-session")
        figure("Cache hit rate", share(row["cache_hit_rate"], locale), "cache-hit-rate")
    with card("Cost over time", "cost-over-time", "wide", "by model"):
        _over_time_by_name(look, series, "cost_usd", True)
    with ui.element("div").classes("column"):
        with card("Token breakdown", "token-breakdown"):
            _breakdown(row, locale)
        with card("Cost by model", "models"):
            columns = [
                Column("model", "Model"),
                Column("cost_usd", "Cost", money),
                Column("cost_share", "Share", share),
                Column("cache_hit_rate", "Cache hit rate", share),
                Column("usd_per_million_tokens", "$ per million tokens", money),
            ]
            sheet(look, columns, models)
    with card("High-spending users", "spenders"):
        columns = [
            Column("user", "User"),
            Column("cost_usd", "Cost", money),
            Column("cost_share", "Share", share),
            Column("tokens", "Tokens", count),
        ]
        sheet(look, columns, spenders, "user")
    with card("Optimization insights", "insights", "wide", "estimates, from the same figures"):
        _insights(look, [explain(one) for one in insights])


async def usage(look: Look) -> None:
    """What came of it."""
    (row,), series, tools = await asyncio.gather(look.ask("usage"), look.ask("series"), look.ask("tools"))
    locale = look.locale
    with ui.element("div").classes("figures"):
        figure("Sessions", count(row["sessions"], locale), "sessions")
        figure("Commits", count(row["commits"], locale), "commits")
        figure("Pull requests", count(row["pull_requests"], locale), "pull-requests")
        added, removed = count(row["lines_added"], locale), count(row["lines_removed"], locale)
        figure("Lines", Amount(f"+{added.shown} −{removed.shown}", f"+{added.exact} −{removed.exact}"), "lines")
        figure("Acceptance rate", share(row["acceptance_rate"], locale), "acceptance-rate", "of proposed edits")
        ratio = row["productivity_ratio"]
        shown = Amount(f"{count(ratio, locale).shown} ×", str(ratio)) if ratio is not None else count(None, locale)
        user, cli = duration(row["active_time_user"], locale), duration(row["active_time_cli"], locale)
        figure("Productivity ratio", shown, "productivity-ratio", f"cli {cli.shown} ÷ user {user.shown}")
    with card("Sessions over time", "sessions-over-time", "wide"):
        _over_time(look, series, {"Sessions": "sessions"}, False)
    with card("Commits and pull requests over time", "commits-over-time"):
        _over_time(look, series, {"Commits": "commits", "Pull requests": "pull_requests"}, False)
    with card("Top used tools", "tools"):
        columns = [
            Column("tool", "Tool"),
            Column("uses", "Uses", count),
            Column("failures", "Failures", count),
            Column("failure_rate", "Failure rate", share),
        ]
        sheet(look, columns, tools)


async def users(look: Look) -> None:
    """Who spent what, and what came of it."""
    rows = await look.ask("users")
    with card("Users by cost", "users", "wide") as end:
        columns = [
            Column("user", "User"),
            Column("cost_usd", "Cost", money),
            Column("cost_share", "Share", share),
            Column("sessions", "Sessions", count),
            Column("tokens", "Tokens", count),
            Column("lines_added", "Lines added", count),
            Column("lines_removed", "Lines removed", count),
            Column("commits", "Commits", count),
            Column("pull_requests", "Pull requests", count),
            Column("models", "Models"),
        ]
        _searchable(end, sheet(look, columns, rows, "user"), "users")


async def repositories(look: Look) -> None:
    """Where it went, and whose that is."""
    rows, labels, unmanaged = await asyncio.gather(
        look.ask("repositories"),
        look.ask("labels"),
        look.ask("spenders", labels=["Unmanaged"], limit=5),
    )
    labelled = any(one["label"] is not None for one in rows)
    with card("Repository cost distribution", "distribution"):
        _distribution(look, rows)
    with card("Managed vs unmanaged", "managed"):
        if labelled:
            _managed(look, labels)
        else:
            _connect_github()
    with card("Top users on unmanaged", "unmanaged", "wide"):
        if not labelled:
            nothing("Nobody can tell before the repositories are labelled: connect GitHub.")
        else:
            spenders_sheet(look, unmanaged, "unmanaged", "Nobody spent anything outside the organization.")
    with card("All repositories", "repositories", "wide") as end:
        columns = [
            Column("repository", "Repository"),
            Column("label", "Label"),
            Column("because", "Reason"),
            Column("cost_usd", "Cost", money),
            Column("cost_share", "Share", share),
            Column("tokens", "Tokens", count),
            Column("sessions", "Sessions", count),
            Column("users", "Users", count),
            Column("lines_added", "Lines added", count),
            Column("commits", "Commits", count),
        ]
        told = [row | {"repository": row["repository"] or UNKNOWN, "because": reason_of(row)} for row in rows]
        _searchable(end, sheet(look, columns, told, "repository"), "repositories")


DRAW: dict[str, Callable[[Look], Awaitable[None]]] = {
    "overview": overview,
    "cost": cost,
    "usage": usage,
    "users": users,
    "repositories": repositories,
}


def chart_series() -> int:
    """How many names a chart over time tells apart."""
    return len(chart.COLOURS) - 1


def reason_of(row: Row) -> str | None:
    """Why a repository has its label, in words: ``shares history with acme/api``."""
    reason, evidence = row["reason"], row["evidence"]
    if not reason:
        return None
    words: str = reason.replace("-", " ")
    if not evidence:
        return words
    return f"{words} {evidence}" if reason in {"shares-history-with", "fork-of"} else f"{words}: {evidence}"


def sheet(look: Look, columns: Sequence[Column], rows: Sequence[Row], kind: str | None = None) -> Sheet | None:
    """A sheet whose names open a drawer of that kind."""
    if not rows:
        nothing("Nothing in this range.")
        return None
    return Sheet(columns, rows, look.locale, (lambda name: look.open(kind, name)) if kind else None)


def _searchable(end: ui.row, rows: Sheet | None, name: str) -> None:
    if rows is None:
        return
    with end:
        words = ui.input(placeholder="Search", on_change=lambda event: rows.search(event.value or ""))
        words.props(f'dense outlined clearable debounce=200 aria-label="Search {name}"').classes("search")
        ui.button(
            "CSV", icon="download", on_click=lambda: ui.download.content(rows.csv(), f"whence-{name}.csv", "text/csv")
        ).props("flat dense no-caps")


def spenders_sheet(look: Look, rows: Sequence[Row], kind: str, words: str) -> None:
    """Who spent on what is shown; a row opens a drawer of that kind. ``words``: what to say where nobody did."""
    if not rows:
        nothing(words)
        return
    columns = [
        Column("user", "User"),
        Column("cost_usd", "Cost", money),
        Column("sessions", "Sessions", count),
        Column("repositories", "Repos", count),
        Column("models", "Models"),
        Column("spend_share", "% of spend", share),
    ]
    sheet(look, columns, rows, kind)


def _distribution(look: Look, rows: Sequence[Row]) -> None:
    shown = [one for one in rows if one["cost_usd"] > 0]
    if not shown:
        nothing("Nothing in this range.")
        return
    slices = [(one["repository"] or UNKNOWN, money(one["cost_usd"], look.locale)) for one in shown[:PIE_SLICES]]
    rest = shown[PIE_SLICES:]
    if rest:
        slices.append((OTHERS, money(sum(one["cost_usd"] for one in rest), look.locale)))
    colours = [
        chart.OTHERS if name in {OTHERS, UNKNOWN} else chart.COLOURS[place % len(chart.COLOURS)]
        for place, (name, _) in enumerate(slices)
    ]
    ring(look, slices, colours, "repository", "Repository cost distribution")


def _managed(look: Look, labels: Sequence[Row]) -> None:
    slices = [(one["label"] or UNKNOWN, money(one["cost_usd"], look.locale)) for one in labels if one["cost_usd"] > 0]
    if not slices:
        nothing("Nothing in this range.")
        return
    ring(look, slices, [chart.LABELS.get(name, chart.OTHERS) for name, _ in slices], "label", "Managed vs unmanaged")


def ring(look: Look, slices: Sequence[tuple[str, Amount]], colours: Sequence[str], kind: str, title: str) -> None:
    """A pie whose slices, and the lines of its legend, open a drawer."""
    whole = sum(float(amount.raw) for _, amount in slices)

    def choose(name: str) -> None:
        if name != OTHERS:
            look.open(kind, name)
        else:
            ui.run_javascript("document.getElementById('repositories').scrollIntoView({behavior: 'smooth'})")

    with ui.element("div").classes("ring"):
        picture = ui.echart(chart.pie(slices, colours, look.locale), on_point_click=lambda event: choose(event.name))
        picture.classes("ring-chart").props(f'role="img" aria-label="{title}"')
        with ui.element("ul").classes("ring-legend"):
            for (name, amount), colour in zip(slices, colours, strict=True):
                with ui.element("li"):
                    ui.element("span").classes("dot").style(f"background:{colour}")
                    link = ui.element("button").classes("name").on("click", lambda name=name: choose(name))
                    with link:
                        ui.label(name)
                    part = share(float(amount.raw) / whole, look.locale)
                    value = ui.label(f"{amount.shown} · {part.shown}").classes("ring-value")
                    value.props["title"] = amount.exact


def _connect_github() -> None:
    ui.label("Connect GitHub").classes("state-title")
    nothing("Nobody has told yet which repositories are your organization's. Label them with:")
    command("GITHUB_TOKEN=… whence classify --org YOUR-ORGANIZATION")


def _breakdown(row: Row, locale: str) -> None:
    kinds = (
        ("Cache read", "cache_read_tokens"),
        ("Cache write", "cache_creation_tokens"),
        ("Input", "input_tokens"),
        ("Output", "output_tokens"),
    )
    whole = sum(float(row[name]) for _, name in kinds)
    if not whole:
        nothing("Nothing in this range.")
        return
    with ui.element("div").classes("stack").props('role="img" aria-label="Token breakdown"'):
        for place, (_, name) in enumerate(kinds):
            ui.element("span").style(f"width:{float(row[name]) / whole * 100:.3f}%;background:{chart.COLOURS[place]}")
    with ui.element("ul").classes("ring-legend"):
        for place, (title, name) in enumerate(kinds):
            with ui.element("li"):
                ui.element("span").classes("dot").style(f"background:{chart.COLOURS[place]}")
                ui.label(title)
                amount = count(row[name], locale)
                value = ui.label(f"{amount.shown} · {share(float(row[name]) / whole, locale).shown}").classes(
                    "ring-value"
                )
                value.props["title"] = amount.exact


def _insights(look: Look, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        nothing("Nothing that could be saved was found in this range.")
        return
    with ui.element("ol").classes("insights"):
        for one in rows:
            tab, widget = WIDGETS[one["widget"]]
            with ui.element("li"):
                with ui.element("div").classes("insight-words"):
                    ui.label(one["title"]).classes("insight-title")
                    ui.label(one["evidence"]).classes("insight-evidence")
                with ui.element("div").classes("insight-end"):
                    saving = money(one["saving_usd"], look.locale)
                    ui.label(f"{saving.shown}").classes("insight-saving").props["title"] = saving.exact
                    ui.button("Show", on_click=lambda tab=tab, widget=widget: show_widget(look, tab, widget)).props(
                        "flat dense no-caps"
                    )


def show_widget(look: Look, tab: str, widget: str) -> None:
    """Go to a card and make it stand out for a moment."""
    look.go(look.view._replace(tab=tab, drawer=None))
    ui.run_javascript(f"whenceHighlight({widget!r})")


def _over_time(look: Look, series: Sequence[Row], measures: dict[str, str], dollars: bool) -> None:
    if not series:
        nothing("Nothing in this range.")
        return
    ui.echart(chart.bars(*over_time(look, series, measures), dollars, look.locale)).classes("chart")


def _over_time_by_name(look: Look, series: Sequence[Row], measure: str, dollars: bool) -> None:
    if not series:
        nothing("Nothing in this range.")
        return
    ui.echart(chart.bars(*by_name(look, series, measure), dollars, look.locale)).classes("chart")


def over_time(look: Look, series: Sequence[Row], measures: dict[str, str]) -> tuple[list[str], dict[str, list[float]]]:
    """The buckets, and of each measure what there was in them; nothing where nothing was."""
    there = {one["bucket"]: one for one in series}
    buckets = look.period.buckets
    values = {
        title: [float(there[bucket][name]) if bucket in there else 0.0 for bucket in buckets]
        for title, name in measures.items()
    }
    return chart.bucket_names(buckets, look.period.bucket, look.zone, look.locale), values


def by_name(look: Look, series: Sequence[Row], measure: str) -> tuple[list[str], dict[str, list[float]]]:
    """The buckets, and for each name what it had in them; the others last."""
    buckets = look.period.buckets
    place = {bucket: number for number, bucket in enumerate(buckets)}
    totals: dict[str, list[float]] = {}
    for one in sorted(series, key=lambda one: one["in_others"]):
        name = "All others" if one["in_others"] else one["name"] or UNKNOWN
        totals.setdefault(name, [0.0] * len(buckets))[place[one["bucket"]]] += float(one[measure])
    return chart.bucket_names(buckets, look.period.bucket, look.zone, look.locale), totals
