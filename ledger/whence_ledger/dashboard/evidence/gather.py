"""Gather a pack: query the ledger for a drawer's subject."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from whence_ledger.dashboard.amount import money, share
from whence_ledger.dashboard.case_list import words_of
from whence_ledger.dashboard.colour import LABELS, shades
from whence_ledger.dashboard.evidence import tables
from whence_ledger.dashboard.evidence.figures import figures, when, with_day
from whence_ledger.dashboard.evidence.pack import MAX_ROWS, Ask, Pack, Piece
from whence_ledger.dashboard.evidence.session import session
from whence_ledger.dashboard.evidence.tables import LOCALE
from whence_ledger.dashboard.look import Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.reason import reason_of
from whence_ledger.dashboard.tabs.repositories import BASES
from whence_ledger.dashboard.view import CUSTOM, SPLITS, View, period_of, query_of, write_view
from whence_ledger.model.query import EVERY, FIRST, LAST, Query

QUESTIONS = {
    "user": "On which repositories did {} spend, and how much of it is outside the organization?",
    "label": "Who spent on {} repositories, and on which?",
    "repository": "Who spent on {}, and why does it have its label?",
}
_FILTERS = {"user": "Users", "model": "Models", "repository": "Repositories", "label": "Labels", "team": "Teams"}
_PAIRS: tuple[str, ...] = ("user", "repository", "label", "reason", "evidence", "decided", "cost_usd", "cost_share")
_PAIRS += ("case", "tokens", "sessions", "lines_added", "lines_removed", "commits", "pull_requests", "last_seen")


def fixed(view: View) -> View:
    """Return the view with a fixed start and end instead of a moving range, and with its tables in default order."""
    period = period_of(view)
    return view._replace(range=CUSTOM, begin=period.begin, end=period.end, sort=())


async def gather(ask: Ask, view: View, keep: timedelta | None, url: str) -> Pack | None:
    """Return the pack of the view's drawer; ``None`` if it has none or its session is unknown. ``ask``: answers a
    question. ``keep``: how long sessions are kept. ``url``: the ledger's address, for the link back."""
    if not view.drawer:
        return None
    kind, about = view.drawer
    view = fixed(view)
    asked = query_of(view, period_of(view), keep)
    link = f"{url.rstrip('/')}/{write_view(view)}"
    if kind == "session":
        return await session(ask, about, asked, link)
    kind = "user" if kind == "unmanaged" else kind
    match kind:
        case "user":
            # All of the user's repositories: the share outside the organization must be a share of the total.
            every: dict[str, Any] = dict.fromkeys(("user", "model", "repository", "label", "team"), ())
            view = view._replace(**every)
            asked = replace(query_of(view, period_of(view), keep), users=("" if about == UNKNOWN else about,))
        case "label":
            asked = replace(asked, labels=(about,))
        case _:
            asked = replace(asked, repositories=(about,))
    return await _spend(ask, view, kind, about, asked, link)


async def _spend(ask: Ask, view: View, kind: str, about: str, asked: Query, link: str) -> Pack:  # noqa: PLR0917
    """Gather the pack of a user, a label or a repository."""
    (row,), pairs, days, sessions, bases = await asyncio.gather(
        ask("overview", asked),
        ask("user_repositories", replace(asked, limit=MAX_ROWS, rows=MAX_ROWS + 1)),
        ask("series", replace(asked, bucket="day")),
        ask("sessions", replace(asked, limit=MAX_ROWS + 1)),
        ask("bases", asked),
    )
    names = {one["repository"] for one in pairs} | ({about} if kind == "repository" else set())
    ever = replace(asked, repositories=tuple(sorted(name for name in names if name)), begin=FIRST, end=LAST)
    changes = await ask("label_changes", ever) if ever.repositories else []
    cases, decisions = await _cases(ask, asked, pairs)
    crossed = await ask("flows", replace(asked, limit=MAX_ROWS + 1))
    pairs = [pair | {"case": cases.get((pair["user"], pair["repository"]))} for pair in with_day(pairs, changes)]
    words, bar = _bar(pairs) if kind == "user" else ("", [])
    numbers = {"Sessions": row["sessions"]} | ({} if kind == "user" else {"Users": row["active_users"]})
    return Pack(
        kind,
        about,
        QUESTIONS[kind].format(about),
        [*_facts(view, asked, bases), *(_label(pairs) if kind == "repository" else [])],
        words,
        bar,
        figures(days, **numbers),
        [
            tables.pairs(pairs, kind),
            tables.decisions(decisions),
            *([tables.history(changes)] if kind == "repository" else []),
            tables.flows(crossed),
            tables.days(days),
            tables.sessions(sessions, kind),
        ],
        link,
        _PAIRS,
        [[one[name] for name in _PAIRS] for one in pairs[:MAX_ROWS]],
    )


async def _cases(
    ask: Ask, asked: Query, pairs: Sequence[Row]
) -> tuple[dict[tuple[str | None, str | None], str], list[Row]]:
    """Return the case of each of these users and repositories in words, and all decisions about them."""
    there = {(one["user"], one["repository"]) for one in pairs}
    wanted = replace(asked, repositories=tuple(sorted({name for _, name in there if name})), limit=EVERY)
    if not wanted.repositories:
        return {}, []
    rows, changes = await asyncio.gather(ask("cases", wanted), ask("case_changes", wanted))
    cases = {(one["user"], one["repository"]): words_of(one) for one in rows}
    decisions, latest = [], dict(cases)
    for one in changes:
        pair = (one["user"], one["repository"])
        if pair in there:
            # Only of the newest decision it is known whether the spend continues.
            decisions.append(one | {"case": latest.pop(pair, str(one["status"]).replace("-", " "))})
    return cases, decisions


def _facts(view: View, asked: Query, bases: Sequence[Row]) -> list[tuple[str, str]]:
    """Return the period, the filters and the rule, by title."""
    stands = [f"{BASES[one['basis']]} {share(one['cost_share'], LOCALE).shown}" for one in bases if one["cost_usd"] > 0]
    chosen = [f"{title}: {', '.join(getattr(view, name))}" for name, title in _FILTERS.items() if getattr(view, name)]
    return [
        ("Period", f"{when(asked.begin)} until before {when(asked.end)}"),
        ("Filters", "; ".join(chosen) or "none"),
        ("Rule", f"{SPLITS[view.split]}. Basis of the cost: {', '.join(stands) or 'none'}."),
    ]


def _label(pairs: Sequence[Row]) -> list[tuple[str, str]]:
    """Return a repository's label and reason, and the day since which it has had them."""
    if not pairs or not pairs[0]["label"]:
        return [("Label", "none yet")]
    one = pairs[0]
    day = f"since {one['decided']:%Y-%m-%d}" if one["decided"] else ""
    return [("Label", " · ".join(filter(None, (one["label"], reason_of(one), day))))]


def _bar(pairs: Sequence[Row]) -> tuple[str, list[Piece]]:
    """Return the share outside the organization in words, and the bar of a user's repositories."""
    total = sum(one["cost_usd"] for one in pairs)
    if not total:
        return "No cost in this period.", []
    place = list(LABELS).index
    rows = sorted(pairs, key=lambda one: place(one["label"] or UNKNOWN))
    marks = shades([one["label"] for one in rows])
    bar = [
        Piece(one["repository"] or UNKNOWN, round(float(one["cost_usd"] / total) * 100, 4), mark.colour)
        for one, mark in zip(rows, marks, strict=True)
    ]
    if rows[0]["label"] is None:
        return "The repositories have no labels yet.", bar
    outside = sum(one["cost_usd"] for one in rows if one["label"] == "Unmanaged")
    amounts = f"{money(outside, LOCALE).shown} of {money(total, LOCALE).shown}"
    return f"{share(outside / total, LOCALE).shown} outside the organization: {amounts}", bar
