"""The drawers: details of one repository, label, user or session, or the alert rules, beside the tab."""

from nicegui import ui

from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.drawers.evidence import share_buttons
from whence_ledger.dashboard.drawers.label import label
from whence_ledger.dashboard.drawers.repository import repository
from whence_ledger.dashboard.drawers.rules import draw_rules
from whence_ledger.dashboard.drawers.session import session
from whence_ledger.dashboard.drawers.user import user
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.setup import connect_github
from whence_ledger.dashboard.view import RULES

TITLES = {"repository": "Repository", "label": "Label", "user": "User", "unmanaged": "User", "session": "Session"}


async def draw(look: Look, kind: str, about: str) -> None:
    """Draw a drawer. ``kind``: a key of ``TITLES``. ``about``: the repository, label, user or session."""
    if kind == RULES:
        draw_rules(look, about)
        return
    ui.label(TITLES[kind]).classes("drawer-kind")
    ui.label(about).classes("drawer-title").props('role="heading" aria-level="2"')
    if kind in {"label", "unmanaged"} and not await look.is_labelled():
        with card("No labels yet", "drawer-unlabelled", "wide"):
            connect_github(look.place)
        return
    share_buttons(look)
    match kind:
        case "repository":
            await repository(look, about)
        case "label":
            await label(look, about)
        case "session":
            await session(look, about)
        case _:
            await user(look, about, only_outside=kind == "unmanaged")
