"""The drawer of a session: its prompts by time, and its division. The text of prompts is not stored."""

import asyncio
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from whence_ledger.dashboard.amount import count, lines, moment, money
from whence_ledger.dashboard.card import card, figure, nothing
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.sheet import Column, sheet
from whence_ledger.dashboard.view import whole_session
from whence_ledger.dashboard.zone import there

_PROMPTS = [
    Column("place", "Prompt"),
    Column("started", "Time", moment),
    Column("cost_usd", "Cost", money),
    Column("repositories", "Repositories", wraps=True),
    Column("models", "Models", wraps=True),
    Column("requests", "Requests", count),
    Column("touches", "Touches", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
]
_REPOSITORIES = [
    Column("repository", "Repository"),
    Column("label", "Label"),
    Column("because", "Reason and evidence", wraps=True),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
    Column("lines", "Lines", lines),
    Column("commits", "Commits", count),
]
_MODELS = [
    Column("model", "Model", filters="model"),
    Column("cost_usd", "Cost", money),
    Column("tokens", "Tokens", count),
]
_TOOLS = [Column("tool", "Tool"), Column("uses", "Uses", count), Column("failures", "Failures", count)]
_NOTE = "by time, with their share of the cost; touches, lines and commits as the hook measured them; no text is stored"
_SUMS = ("cost_usd", "tokens", "lines_added", "lines_removed", "commits")


async def session(look: Look, about: str) -> None:
    """Draw the drawer, from the session's start to its end, regardless of the view's range and filters."""
    found = await look.ask("session", session=about)
    if not found:
        nothing("This session is no longer in the ledger.")
        return
    (one,) = found
    whole = whole_session(look.query, one)
    parts, prompts, tools = await asyncio.gather(
        *(look.answers.ask(look.viewer, f"session_{name}", whole) for name in ("repositories", "prompts", "tools")),
    )
    _figures(look, one, parts)
    with card("Prompts", "drawer-prompts", "wide", _NOTE):
        _prompts(look, prompts)
    with card("Repositories", "drawer-spend", "wide"):
        rows = [row | {"because": reason_of(row)} for row in _summed(parts, "repository")]
        sheet(look, "drawer-spend", _REPOSITORIES, rows, "repository")
    with card("Models", "drawer-models", "wide"):
        # Active time and commits name no model.
        known = [row for row in _summed(parts, "model") if row["model"] or row["cost_usd"] or row["tokens"]]
        sheet(look, "drawer-models", _MODELS, known)
    with card("Tools", "drawer-tools", "wide"):
        sheet(look, "drawer-tools", _TOOLS, tools)


def _figures(look: Look, row: Row, parts: Sequence[Row]) -> None:
    locale, user = look.locale, row["user"] or UNKNOWN
    with ui.row().classes("drawer-filters"), ui.element("button").classes("name") as opens:
        opens.on("click", lambda: look.open("user", user))
        ui.label(user)
    with ui.element("div").classes("figures"):
        figure("Total cost", money(sum(part["cost_usd"] for part in parts), locale), "drawer-cost")
        figure("Tokens", count(sum(part["tokens"] for part in parts), locale), "drawer-tokens")
        added, removed = (sum(part[name] for part in parts) for name in ("lines_added", "lines_removed"))
        figure("Lines", lines((added, removed), locale), "drawer-lines")
        figure("Commits", count(sum(part["commits"] for part in parts), locale), "drawer-commits")
        figure("Started", moment(there(row["started"], look.zone), locale), "drawer-started")
        figure("Ended", moment(there(row["ended"], look.zone), locale), "drawer-ended")


def _prompts(look: Look, prompts: Sequence[Row]) -> None:
    if not prompts:
        nothing("No requests were reported for this session.")
        return
    rows = [
        row
        | {
            "place": str(place) if row["prompt"] else "Outside prompts",
            "started": there(row["started"], look.zone),
            "lines": None if row["lines_added"] is None else (row["lines_added"], row["lines_removed"]),
        }
        for place, row in enumerate(prompts, 1)
    ]
    sheet(look, "drawer-prompts", _PROMPTS, rows)


def _summed(parts: Sequence[Row], by: str) -> list[Row]:
    """Return one row for each name, the largest first."""
    rows: dict[Any, Row] = {}
    for part in parts:
        row = rows.setdefault(part[by], part | dict.fromkeys(_SUMS, 0))
        for name in _SUMS:
            row[name] += part[name]
    found = [row | {"lines": (row["lines_added"], row["lines_removed"])} for row in rows.values()]
    return sorted(found, key=lambda row: row["cost_usd"], reverse=True)
