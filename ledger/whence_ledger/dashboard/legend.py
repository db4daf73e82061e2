"""Draw proportions with a legend: a ring with clickable parts, and a bar."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from nicegui import ui

from whence_ledger.dashboard import chart
from whence_ledger.dashboard.amount import Amount, share
from whence_ledger.dashboard.colour import Mark
from whence_ledger.dashboard.picture import Picture

DETAILS = "click for details"


class Part(NamedTuple):
    """One part. ``note``: shown below the name."""

    name: str
    amount: Amount
    mark: Mark
    note: str | None = None

    @property
    def size(self) -> float:
        """Return the amount as a number."""
        return float(self.amount.raw)


def ring(parts: Sequence[Part], title: str, locale: str, choose: Callable[[str], None]) -> None:
    """Draw a ring beside its legend. Clicking a part or its legend entry calls ``choose``."""
    with ui.element("div").classes("ring"):
        names, sizes, marks = zip(*((part.name, part.size, part.mark) for part in parts), strict=True)
        options = chart.pie(names, sizes, marks, locale)
        Picture(options, title, lambda _, name: choose(name)).classes("ring-chart")
        legend(parts, locale, choose)


def stack(parts: Sequence[Part], title: str, locale: str) -> None:
    """Draw one bar above its legend."""
    bar(parts, title)
    legend(parts, locale)


def bar(parts: Sequence[Part], title: str) -> None:
    """Draw one bar. The pointer shows a part's name and amount."""
    total = sum(part.size for part in parts)
    with ui.element("div").classes("stack").props("role=img") as whole:
        whole.props["aria-label"] = title
        for part in filter(lambda part: part.size, parts):
            piece = ui.element("span").style(f"width:{part.size / total * 100:.3f}%;background:{part.mark.css}")
            piece.props["title"] = f"{part.name} · {part.amount.shown}"


def chart_legend(marks: Mapping[str, Mark], choose: Callable[[str], None], others: Collection[str]) -> None:
    """List the names of a chart in one line. ``choose``: called with a clicked name. ``others``: names that cannot be
    clicked."""
    with ui.element("ul").classes("chart-legend"):
        for name, mark in marks.items():
            with ui.element("li"):
                ui.element("span").classes("dot").style(f"background:{mark.css}")
                if name in others:
                    ui.label(name).classes("name-text")
                    continue
                button = ui.element("button").classes("name").on("click", lambda name=name: choose(name))
                button.props["title"] = f"Show only {name}"
                with button:
                    ui.label(name).classes("name-text")


def legend(
    parts: Sequence[Part], locale: str, choose: Callable[[str], None] | None = None, *, does: str = DETAILS
) -> None:
    """List the parts with their amounts and shares. ``choose``: called with the name of a clicked part. ``does``: what
    the click does, for tooltips."""
    total = sum(part.size for part in parts)
    with ui.element("ul").classes("legend"):
        for part in parts:
            with ui.element("li"):
                ui.element("span").classes("dot").style(f"background:{part.mark.css}")
                if choose:
                    with (
                        ui.element("button").classes("name").on("click", lambda name=part.name: choose(name)) as button
                    ):
                        ui.label(part.name)
                    button.props["title"] = f"{part.name} · {does}"
                else:
                    with ui.element("span").classes("legend-words"):
                        ui.label(part.name).classes("name-text")
                        if part.note:
                            ui.label(part.note).classes("evidence")
                value = ui.label(f"{part.amount.shown} · {share(part.size / total, locale).shown}")
                value.classes("legend-value").props["title"] = part.amount.exact
