"""One look at the ledger: what every widget of one picture is asked with, so that all of them show the same moment."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, NamedTuple, Protocol

from starlette.concurrency import run_in_threadpool

from whence_ledger.dashboard.view import Period, View

Row = dict[str, Any]


class Asked(Protocol):
    """A store, as far as it answers."""

    def ask(self, question: str, parameters: dict[str, Any] | None = None) -> list[Row]:
        """The rows that answer a question."""


class Look(NamedTuple):
    """``go``: shows another view. ``zone``: of the viewer's clock."""

    store: Asked
    view: View
    period: Period
    parameters: dict[str, Any]
    locale: str
    zone: tzinfo
    go: Callable[[View], None]

    async def ask(self, question: str, **more: Any) -> list[Row]:
        """The rows that answer a question about this view, or about what ``more`` says instead."""
        return await run_in_threadpool(self.store.ask, question, self.parameters | more)

    def open(self, kind: str, about: str) -> None:
        """Show a drawer beside this view."""
        self.go(self.view._replace(drawer=(kind, about)))
