"""The drawer of a label: who spent on its repositories, and on which."""

import asyncio
from collections import defaultdict

from nicegui import ui

from whence_ledger.dashboard.amount import count, money
from whence_ledger.dashboard.card import card
from whence_ledger.dashboard.case_list import words_of
from whence_ledger.dashboard.look import Look
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.sheet import Link, spenders_sheet
from whence_ledger.dashboard.trend import Trend, ask_before, compared, course

USERS = 10
LINKS = 4
"""The most repositories in a user's row."""


async def label(look: Look, about: str) -> None:
    """Draw cost, sessions, and the users who spent most with the repositories they touched."""
    chosen = {"labels": (about,)}
    (row,), series, before, spenders, pairs, settled = await asyncio.gather(
        look.ask("overview", **chosen),
        look.ask("series", **chosen),
        ask_before(look, "overview", **chosen),
        look.ask("spenders", limit=USERS, **chosen),
        look.ask("user_repositories", limit=USERS, **chosen),
        look.ask("cases"),
    )
    cases = {(one["user"], one["repository"]): one for one in settled}
    with ui.element("div").classes("figures"):
        total = Trend(row["cost_usd"], before.get("cost_usd"), course(look, series, "cost_usd"))
        compared("Total cost", money, total, look.locale, name="drawer-cost")
        sessions = Trend(row["sessions"], before.get("sessions"), course(look, series, "sessions"))
        compared("Sessions", count, sessions, look.locale, name="drawer-sessions")
        users = Trend(row["active_users"], before.get("active_users"), course(look, series, "users"))
        compared("Users", count, users, look.locale, name="drawer-users")
    links: defaultdict[str | None, list[Link]] = defaultdict(list)
    for one in pairs:
        name = one["repository"] or UNKNOWN
        case = cases.get((one["user"], one["repository"]))
        note = words_of(case) if case else ""
        links[one["user"]].append(Link(name, money(one["cost_usd"], look.locale), ("repository", name), note=note))
    rows = [one | {"touched": links[one["user"]]} for one in spenders]
    with card("Users", "drawer-spenders", "wide", f"the {USERS} with the highest cost"):
        kind = "unmanaged" if about == "Unmanaged" else "user"
        spenders_sheet(look, "drawer-spenders", rows, kind, "No users in this range.", links=LINKS)
