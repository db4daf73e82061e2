"""What the dashboard asks: each tab with each of its choices, and each drawer, drawn without a browser."""

import ast
import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from nicegui import Client, core, ui
from starlette.datastructures import State

from builders.event_loop import run
from whence_ledger.dashboard import drawers
from whence_ledger.dashboard.drawers.case import CaseDialog
from whence_ledger.dashboard.empty import state_of
from whence_ledger.dashboard.evidence.gather import gather
from whence_ledger.dashboard.insight_sessions import CARD
from whence_ledger.dashboard.look import Answers, Look, Row
from whence_ledger.dashboard.setup import Place
from whence_ledger.dashboard.tabs import DRAW
from whence_ledger.dashboard.view import CUSTOM, EXTENSIONS, GROUPS, SPENDING, TABS, Period, View, period_of, query_of
from whence_ledger.model.insight import RULES
from whence_ledger.model.query import EVERYTHING, Query
from whence_ledger.model.working_hours import WorkingHours
from whence_ledger.store.store import Store

Asked = dict[str, list[tuple[str, Query]]]
"""The questions of each part of the dashboard, each once."""
QUESTIONS = {file.name.removesuffix(".sql") for file in (files("whence_ledger") / "sql" / "questions").iterdir()}
_PLACE = Place("https://whence.example.com", False, False)
_SERVER = State({"progress": None, "has_received": True})


class _Recorder:
    """Answers questions as ``Turns`` does, and keeps them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: dict[tuple[str, Query], None] = {}

    async def ask(self, viewer: str, question: str, query: Query = EVERYTHING) -> list[Row]:
        self.asked[question, query] = None
        return self._store.ask(question, query)


def asked_by_dashboard(store: Store, begin: datetime, end: datetime) -> Asked:
    """Draw everything over a range (UTC, naive) and return what was asked. The drawers are those of the repository, the
    users and the session with the highest cost."""
    return run(_asked(store, View(range=CUSTOM, begin=begin, end=end)))


def asked_by_reports(begin: datetime, end: datetime, asked: Asked) -> Asked:
    """Return the questions that only reports and the API ask, each once without filters."""
    known = {question for questions in asked.values() for question, _ in questions}
    period = query_of(View(), Period(begin, end), None)
    return {"Reports": [(question, period) for question in sorted(QUESTIONS - known)]}


def named_in_dashboard() -> set[str]:
    """Return the names of the questions in the dashboard's code: the constants given to anything called ``ask``. An
    asterisk stands for what is inserted."""
    names: set[str] = set()
    for file in files("whence_ledger.dashboard").rglob("*.py"):  # type: ignore[attr-defined]
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and _called(call.func).startswith("ask"):
                names.update(filter(None, map(_constant, call.args)))
    return names


def _called(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _constant(given: ast.expr) -> str:
    if isinstance(given, ast.JoinedStr):
        return "".join(_constant(part) or "*" for part in given.values)
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else ""


async def _asked(store: Store, view: View) -> Asked:
    core.loop = asyncio.get_running_loop()
    parts: Asked = {}
    known: set[tuple[str, Query]] = set()
    with Client(ui.page("/")) as client:
        for part, shown in _views(store, view):
            recorder = _Recorder(store)
            await _draw(_look(Answers(recorder), shown))  # type: ignore[arg-type]
            parts.setdefault(part, []).extend(one for one in recorder.asked if one not in known)
            known |= recorder.asked.keys()
    client.delete()
    return parts


def _views(store: Store, view: View) -> Iterator[tuple[str, View]]:
    """Yield every view, with the part of the dashboard that it shows."""
    for tab, title in TABS.items():
        yield title, view._replace(tab=tab)
    for group in GROUPS:
        yield TABS["cost"], view._replace(tab="cost", group=group)
    for kind in EXTENSIONS:
        yield TABS["cost"], view._replace(tab="cost", extension=kind)
    for name, rule in RULES.items():
        if rule.report == "sessions":
            yield TABS["usage"], view._replace(tab="usage", mark=(CARD, name))
    about = {
        "user": _first(store, "users", "user"),
        "unmanaged": _first(store, "spenders", "user", "Unmanaged"),
        "repository": _first(store, "repositories", "repository"),
        "session": _first(store, "sessions", "session"),
        "label": "Unmanaged",
    }
    for kind in SPENDING:
        yield f"Drawer {kind}", view._replace(drawer=(kind, about[kind]))


def _first(store: Store, question: str, name: str, *labels: str) -> str:
    """Return the name of the first row that has one: the first may be what is Unknown."""
    rows = store.ask(question, Query(labels=labels, limit=2))
    return next(str(row[name]) for row in rows if row[name])


def _look(answers: Answers, view: View) -> Look:
    period = period_of(view)

    def nothing(*_: Any) -> None:
        pass

    return Look(
        answers,
        "",
        view,
        period,
        query_of(view, period, None),
        "en_US",
        UTC,
        nothing,
        {},
        _PLACE,
        nothing,
        None,
        None,
        WorkingHours(),
        None,
    )


async def _draw(look: Look) -> None:
    """Draw the view as the page does, with what its buttons show."""
    if not look.view.drawer:
        await state_of(look, _SERVER)
        await look.answers.ask("", "choices", look.query)
        await look.answers.ask_now("", "saved_views")
        await DRAW[look.view.tab](look)
        return
    kind, about = look.view.drawer
    await drawers.draw(look, kind, about)

    async def ask(question: str, query: Query) -> list[Row]:
        return await look.answers.ask("", question, query)

    await gather(ask, look.view, None, _PLACE.url)

    async def changed() -> None:
        pass

    if kind == "user":
        (row, *_) = await look.ask("repositories", users=(about,), limit=1)
        await CaseDialog(look, about, changed).open(row["repository"])
