"""Say why the page is empty, or which setup step is missing, and what to do."""

from dataclasses import replace
from typing import NamedTuple

from nicegui import ui
from starlette.datastructures import State as Server

from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.setup import Chain, checklist, connect_github, loading
from whence_ledger.model.progress import Progress


class Nowhere(NamedTuple):
    """There are sessions, but none in the view. ``unlabelled``: the view filters by label, but there are no labels."""

    unlabelled: bool


State = Progress | Chain | Nowhere
"""Why the page is empty, or which setup step is missing."""


async def state_of(look: Look, server: Server) -> State | None:
    """Return why the view is empty or which setup step is missing; ``None`` if there is nothing to report.
    ``server``: the server's state."""
    progress: Progress | None = server.progress
    if progress and not progress.is_over:
        return replace(progress)
    found = bool((await look.answers.ask_now(look.viewer, "any", look.query))[0]["found"])
    if found and look.view.tab != "overview":
        return None
    (row,) = await look.answers.ask_now(look.viewer, "chain")
    hook, labelled = bool(row["hook"]), bool(row["labelled"])
    if found:
        return None if hook and labelled else Chain(True, hook, True, labelled)
    if (await look.answers.ask_now(look.viewer, "any"))[0]["found"]:
        return Nowhere(bool(look.view.label) and not labelled)
    return Chain(server.has_received, hook, False, labelled)


async def say(look: Look, state: State) -> None:
    """Draw why the page is empty and what to do."""
    match state:
        case Progress():
            loading(state)
        case Chain():
            ui.label("No sessions yet").classes("state-title")
            checklist(state, look.place)
        case Nowhere(unlabelled=True):
            connect_github(look.place)
        case _ if look.view.is_filtered:
            ui.label("No sessions match these filters").classes("state-title")
            nothing("Choose another time range, or clear the filters.")
        case _:
            ui.label("No sessions in this range").classes("state-title")
            nothing("Choose a longer time range.")
