"""A chart on the page, which the browser draws when it is near the visible part."""

from collections.abc import Callable

from nicegui import events, ui

from whence_ledger.dashboard.chart import Options


class Picture(ui.element, component="picture.js"):
    """A chart by ECharts, as SVG. It does not change: a refresh draws another."""

    def __init__(self, options: Options, words: str, choose: Callable[[str, str], None] | None = None) -> None:
        """Draw the chart into the current element. ``words``: say for screen readers what it shows. ``choose``: called
        with the series and the name of a clicked point."""
        super().__init__()
        self.props["options"] = options
        self.props["role"] = "img"
        self.props["aria-label"] = words
        if choose:

            def chosen(event: events.GenericEventArguments) -> None:
                choose(str(event.args["series"]), str(event.args["name"]))

            self.on("point", chosen)
