"""The card of what was spent on skills, subagents, plugins, MCP servers and slash commands."""

from collections.abc import Sequence

from nicegui import ui

from whence_ledger.dashboard.amount import count, money, share
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import Column, searchable, sheet
from whence_ledger.dashboard.view import EXTENSIONS

STATUSES = {"withheld": "Name withheld by Claude Code", "none": "None", "not-reported": "Not reported"}
"""Names of the rows that have none, by status."""


def extensions_card(look: Look, rows: Sequence[Row]) -> None:
    """Draw the card. ``rows``: of the report extensions, of the kind that the view names."""
    columns = [
        Column("name", EXTENSIONS[look.view.extension]),
        Column("cost_usd", "Cost", money),
        Column("cost_share", "Share", share),
        Column("tokens", "Tokens", count),
        Column("sessions", "Sessions", count),
        Column("users", "Users", count),
    ]
    named = [one | {"name": one["name"] or STATUSES[one["status"]]} for one in rows]
    with card("Cost by extension", "extensions", "wide", "as Claude Code names what its requests are made for") as end:
        with end:
            chosen = ui.select(
                EXTENSIONS,
                value=look.view.extension,
                on_change=lambda event: look.go(look.view._replace(extension=event.value)),
            )
            chosen.props('dense outlined options-dense aria-label="Kind of extension"').classes("filter")
        searchable(look, end, sheet(look, "extensions", columns, named), "extensions")
