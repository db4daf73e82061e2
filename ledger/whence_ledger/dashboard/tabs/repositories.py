"""The tab *GitHub repos*: cost by repository and by label."""

import asyncio
from collections.abc import Mapping, Sequence

from nicegui import ui

from whence_ledger.dashboard import plot
from whence_ledger.dashboard.amount import count, money, share
from whence_ledger.dashboard.card import card, nothing
from whence_ledger.dashboard.case_list import Spenders, unsettled
from whence_ledger.dashboard.colour import LABELS, OTHERS, Mark, marks
from whence_ledger.dashboard.flows import FLOW_NOTE, FLOWS, draw_flows
from whence_ledger.dashboard.legend import Part, ring
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.setup import connect_github
from whence_ledger.dashboard.sheet import Column, searchable, sheet, spenders_sheet
from whence_ledger.dashboard.view import SPLITS

PIE_SLICES, SPENDERS = 7, 5
BASES = {
    "request": "requests",
    "prompt": "prompts",
    "session": "sessions",
    "start": "start directories",
    "client": "reported by Claude Code",
    "none": "none",
}
"""The bases of a cost, as the page names them."""
OTHERS_NAME = "All other repos"
_REPOSITORIES = [
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


_Answers = tuple[list[Row], list[Row], Spenders, list[Row], list[Row], list[Row]]


async def ask_repositories(look: Look) -> tuple[_Answers, tuple[dict[str, str], bool]]:
    """Return the answers that the tab shows."""
    return await asyncio.gather(
        asyncio.gather(
            look.ask("repositories"),
            look.ask("labels"),
            unsettled(look, SPENDERS),
            look.ask("bases"),
            look.ask("flows", limit=FLOWS),
            look.ask("series_by", by="label", limit=len(LABELS)),
        ),
        asyncio.gather(look.answers.colours("repository"), look.is_labelled()),
    )


async def repositories(look: Look) -> None:
    """Draw the tab."""
    (rows, labels, unmanaged, bases, flows, over_time), (colours, labelled) = await ask_repositories(look)
    with card("Repository cost distribution", "distribution"):
        _distribution(look, rows, colours)
        _stands_on(look, bases)
    with card("Managed vs unmanaged", "managed"):
        if labelled:
            _managed(look, labels)
        else:
            connect_github(look.place)
    if labelled:
        with card("Unmanaged over time", "labels-over-time", "wide", "cost by label"):
            plot.by_name(look, over_time, LABELS, "cost_usd", True, filters="label")
    with card("Top users on unmanaged", "unmanaged", "wide"):
        if not labelled:
            nothing("Label repositories to see this.")
        else:
            words = "No spend outside the organization" + (" that is not settled." if unmanaged.settled else ".")
            spenders_sheet(look, "unmanaged", unmanaged.rows, "unmanaged", words)
            if unmanaged.settled:
                ui.label(f"Settled and not listed: {', '.join(unmanaged.settled)}.").classes("stands-on")
    if labelled:
        with card("Knowledge flow", "flows", "wide", FLOW_NOTE):
            draw_flows(look, flows)
    with card("All repositories", "repositories", "wide") as end:
        explained = [row | {"repository": row["repository"] or UNKNOWN, "because": reason_of(row)} for row in rows]
        searchable(look, end, sheet(look, "repositories", _REPOSITORIES, explained, "repository"), "repositories")


def _distribution(look: Look, rows: Sequence[Row], colours: Mapping[str, str]) -> None:
    costs = [(one["repository"] or UNKNOWN, one["cost_usd"]) for one in rows if one["cost_usd"] > 0]
    if not costs:
        nothing("No data in this range.")
        return
    if rest := costs[PIE_SLICES:]:
        costs[PIE_SLICES:] = [(OTHERS_NAME, sum(cost for _, cost in rest))]
    shown = marks([name for name, _ in costs], colours, {UNKNOWN: LABELS["Unknown"], OTHERS_NAME: OTHERS})
    parts = [Part(name, money(cost, look.locale), shown[name]) for name, cost in costs]

    def choose(name: str) -> None:
        if name != OTHERS_NAME:
            look.open("repository", name)
        else:
            ui.run_javascript("document.getElementById('repositories').scrollIntoView()")

    ring(parts, "Repository cost distribution", look.locale, choose)


def _stands_on(look: Look, bases: Sequence[Row]) -> None:
    """Show the rule that divides sessions, and the cost by basis."""
    parts = [
        f"{BASES[one['basis']]} {share(one['cost_share'], look.locale).shown}" for one in bases if one["cost_usd"] > 0
    ]
    if parts:
        ui.label(f"{SPLITS[look.view.split]}. Basis of the cost: {', '.join(parts)}.").classes("stands-on")


def _managed(look: Look, labels: Sequence[Row]) -> None:
    parts = [
        Part(one["label"] or UNKNOWN, money(one["cost_usd"], look.locale), Mark(LABELS[one["label"] or UNKNOWN]))
        for one in labels
        if one["cost_usd"] > 0
    ]
    if not parts:
        nothing("No data in this range.")
        return
    ring(parts, "Managed vs unmanaged", look.locale, lambda name: look.open("label", name))
