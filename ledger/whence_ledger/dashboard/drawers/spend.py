"""One user's spend by repository: a bar, the share outside the organization in words, and a table."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from nicegui import background_tasks, ui

from whence_ledger.dashboard.amount import count, lines, moment, money, share
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.colour import LABELS, Mark, shades
from whence_ledger.dashboard.drawers.case import CaseDialog, case_link, cases_of
from whence_ledger.dashboard.legend import Part, bar, legend
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.sheet import Column, Link, Sheet, sheet
from whence_ledger.dashboard.zone import there

_COLUMNS = [
    Column("repository", "Repository", is_marked=True),
    Column("label", "Label"),
    Column("case", "Case", links=1),
    Column("because", "Reason and evidence", wraps=True),
    Column("cost_usd", "Cost", money),
    Column("cost_share", "Share", share),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
    Column("last_seen", "Last seen", moment),
]


def spend(look: Look, user: str, repositories: Sequence[Row], cases: Mapping[str, Row]) -> None:
    """Draw one user's spend. ``repositories``: the user's rows of that report, largest first. ``cases``: the user's
    cases by repository."""
    place = list(LABELS).index
    rows = sorted(repositories, key=lambda one: place(_label(one)))
    marks = shades([_label(one) for one in rows])
    parts = [
        Part(one["repository"] or UNKNOWN, money(one["cost_usd"], look.locale), mark)
        for one, mark in zip(rows, marks, strict=True)
    ]
    if not any(part.size for part in parts):
        nothing("No cost in this range.")
    else:
        _words(rows, look.locale)
        bar(parts, "GitHub repository spend")
        if rows[0]["label"] is not None:
            sums = {name: sum(one["cost_usd"] for one in these) for name, these in groupby(rows, key=_label)}
            legend(
                [Part(name, money(cost, look.locale), Mark(LABELS[name])) for name, cost in sums.items()],
                look.locale,
                lambda name: look.filter("label", name),
                does="show only this label",
            )
    explained = [
        one
        | {
            "repository": part.name,
            "lines": (one["lines_added"], one["lines_removed"]),
            "because": reason_of(one),
            "last_seen": there(one["last_seen"], look.zone),
            "mark": part.mark.css,
        }
        for one, part in zip(rows, parts, strict=True)
    ]
    explained.sort(key=lambda one: one["cost_usd"], reverse=True)
    table: Sheet | None = None

    async def changed() -> None:
        if table:
            table.replace(_with_cases(explained, user, await cases_of(look, user)))

    dialog = CaseDialog(look, user, changed)

    def follow(kind: str, about: str) -> None:
        background_tasks.create(dialog.open(about))

    table = sheet(
        look, "drawer-repositories", _COLUMNS, _with_cases(explained, user, cases), "repository", follow=follow
    )


def _with_cases(rows: Sequence[Row], user: str, cases: Mapping[str, Row]) -> list[Row]:
    """Return the rows with the case of each repository that is outside the organization or has a case anyway."""

    def links(row: Row) -> list[Link]:
        name = row["repository"]
        if user == UNKNOWN:
            return []
        return [case_link(name, cases.get(name))] if row["label"] == "Unmanaged" or name in cases else []

    return [row | {"case": links(row)} for row in rows]


def _words(rows: Sequence[Row], locale: str) -> None:
    """Say in words which part of the cost is outside the organization."""
    if rows[0]["label"] is None:
        nothing("The repositories have no labels yet. Label them to see which spend is outside the organization.")
        return
    total = sum(one["cost_usd"] for one in rows)

    def part(name: str) -> str:
        return share(sum(one["cost_usd"] for one in rows if one["label"] == name) / total, locale).shown

    words = f"{part('Unmanaged')} outside the organization"
    if any(one["label"] == "Unknown" and one["cost_usd"] for one in rows):
        words += f", {part('Unknown')} unknown"
    ui.label(words).classes("spend-words")


def _label(row: Row) -> str:
    return row["label"] or "Unknown"
