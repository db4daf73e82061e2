"""The case of a user and a repository: its column beside the repositories, and the dialog that shows and sets it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from nicegui import ui

from whence_ledger.dashboard.amount import money
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.case_list import is_continued, words_of
from whence_ledger.dashboard.look import Look, Row
from whence_ledger.dashboard.sheet import Link
from whence_ledger.dashboard.zone import there
from whence_ledger.model.case import MAX_NOTE, NoCaseError, Status
from whence_ledger.model.query import FIRST, LAST, Query
from whence_ledger.model.window import EARLIEST

NOT_ADMIN = "Sign in with the admin token to set a case."
CHANGES = 20


async def cases_of(look: Look, user: str) -> dict[str, Row]:
    """Return a user's cases by repository, whatever the view's range."""
    rows = await look.answers.ask(look.viewer, "cases", _ever(look, user))
    return {row["repository"]: row for row in rows}


def _ever(look: Look, user: str, *repositories: str) -> Query:
    """Return the query for a user's cases, with all spend since."""
    return Query(begin=FIRST, end=LAST, users=(user,), repositories=repositories, split=look.query.split)


def case_link(repository: str, case: Row | None) -> Link:
    """Return the case's link in a table's cell."""
    words = words_of(case)
    return Link(words, None, ("case", repository), f"{words}: case of {repository}")


class CaseDialog:
    """The dialog for one user's cases. ``changed``: called after a case was set."""

    def __init__(self, look: Look, user: str, changed: Callable[[], Awaitable[None]]) -> None:
        """Draw the closed dialog into the current element."""
        self._look, self._user, self._changed = look, user, changed
        with ui.dialog() as self._dialog, ui.card().classes("case"):
            self._place = ui.element("div").classes("case-form")

    async def open(self, repository: str) -> None:
        """Open the dialog with the current case of the repository."""
        asked = _ever(self._look, self._user, repository)
        answers, viewer = self._look.answers, self._look.viewer
        cases = await answers.ask_now(viewer, "cases", asked)
        changes = await answers.ask_now(viewer, "case_changes", replace(asked, limit=CHANGES))
        self._place.clear()
        self._dialog.props["aria-label"] = f"Case of {repository}"
        with self._place:
            self._draw(repository, cases[0] if cases else None, changes)
        self._dialog.open()

    def _draw(self, repository: str, case: Row | None, changes: Sequence[Row]) -> None:
        ui.label("Case").classes("drawer-kind")
        ui.label(repository).classes("drawer-title").props('role="heading" aria-level="2"')
        ui.label(f"{self._user}. A case changes no figure.").classes("evidence")
        if case and is_continued(case):
            cost = money(case["cost_usd_since"], self._look.locale).shown
            ui.label(f"Still spending: {cost} after {case['day']}").classes("case-continued")
        if self._look.decide:
            self._form(repository, case)
        else:
            nothing(NOT_ADMIN)
        if changes:
            ui.label("History").classes("card-title")
            with ui.element("ul").classes("case-history"):
                for one in changes:
                    _change(self._look, one)

    def _form(self, repository: str, case: Row | None) -> None:
        names = {str(one): one.replace("-", " ") for one in Status}
        today = datetime.now(UTC).date()
        status = ui.radio(names, value=case["status"] if case else str(Status.NEW)).props("inline dense")
        status.props["aria-label"] = "Status"
        day = ui.input("Day (UTC) of the case; later spend counts as continued", value=today.isoformat())
        day.props(f"type=date outlined dense stack-label min={EARLIEST:%Y-%m-%d} max={today}")
        note = ui.textarea("Note", value=(case and case["note"]) or "").props("outlined dense autogrow")
        note.props["maxlength"] = MAX_NOTE
        problem = ui.label().classes("problem").props("role=alert")

        async def save() -> None:
            try:
                given = date.fromisoformat(day.value or "")
            except ValueError:
                problem.set_text("Give the day as year, month and day.")
                return
            if not EARLIEST.date() <= given <= datetime.now(UTC).date():
                problem.set_text(f"The day must be from {EARLIEST:%Y-%m-%d} to today.")
                return
            assert self._look.decide  # noqa: S101
            try:
                words = (note.value or "").strip()[:MAX_NOTE]
                await self._look.decide(self._user, repository, Status(status.value), words, given)
            except NoCaseError as error:
                problem.set_text(str(error))
                return
            self._dialog.close()
            await self._changed()

        with ui.row().classes("case-buttons"):
            ui.button("Save", on_click=save).props("unelevated no-caps")
            ui.button("Cancel", on_click=self._dialog.close).props("flat no-caps")


def _change(look: Look, one: Row) -> None:
    with ui.element("li"):
        at = there(one["at"], look.zone)
        ui.label(f"{one['status'].replace('-', ' ')}, day {one['day']}")
        ui.label(f"{at:%Y-%m-%d %H:%M}, {one['by']}").classes("evidence")
        if one["note"]:
            ui.label(one["note"]).classes("case-note")
