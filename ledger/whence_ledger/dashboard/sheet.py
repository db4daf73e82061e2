"""Tables with sorting, search, paging and CSV export. The browser receives one page of rows."""

import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_contract.spreadsheet import write_csv
from whence_ledger.dashboard.amount import Amount, count, money, share, text
from whence_ledger.dashboard.card import nothing
from whence_ledger.dashboard.look import Leafed, Look, Row
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.view import file_name, sort_of

PAGE_ROWS = 25


class Column(NamedTuple):
    """A column. ``name``: the row's field. ``show``: formats a number; ``None`` for text. ``links``: how many of the
    ``Link`` that the field lists are drawn; 0 for a field that is no list. ``is_marked``: with the row's ``mark``, a
    CSS background, before the text. ``wraps``: long text takes several lines. ``filters``: the filter
    that a click on the name sets, in rows that open nothing."""

    name: str
    title: str
    show: Callable[[Any, str], Amount] | None = None
    links: int = 0
    is_marked: bool = False
    wraps: bool = False
    filters: str = ""


class Link(NamedTuple):
    """A name with its amount in a cell. ``drawer``: kind and subject of what it opens. ``title``: its name for screen
    readers, where it needs another. ``note``: said after it."""

    name: str
    amount: Amount | None
    drawer: tuple[str, str]
    title: str = ""
    note: str = ""

    def __str__(self) -> str:
        """Return all of it, for searching and CSV."""
        return " ".join(filter(None, (self.name, self.amount and self.amount.exact, self.note)))


class Table(ui.table, component="sheet.js"):
    """A table whose rows keep their DOM elements while the server updates other elements."""


class Sheet:
    """A table. ``columns[0]`` names a row. Rows keep their given order until the viewer sorts them."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Row],
        locale: str,
        left: Leafed,
        *,
        opens: Callable[[str], None] | None = None,
        follow: Callable[[str, str], None] | None = None,
        choose: Callable[[str, str], None] | None = None,
        sort: Callable[[str | None, bool], None] | None = None,
        mark: str = "",
    ) -> None:
        """Draw the table into the current element. ``left``: its state before the refresh. ``opens``: called with the
        name of a clicked row. ``follow``: called with the drawer of a clicked link. ``choose``: called with
        the filter and the value of a clicked name. ``sort``: remembers the sorting:
        column, descending. ``mark``: the name of a row to mark; its page is the first one that is shown."""
        self._columns, self._rows, self._shown = columns, list(rows), list(rows)
        self._locale, self._left, self._sort = locale, left, sort
        self._opens, self._follow, self._chooses, self._mark = opens, follow, choose, mark
        self._seeks = bool(mark) and "page" not in left.pagination
        self._table = Table(
            columns=[
                {
                    "name": column.name,
                    "label": column.title,
                    "field": column.name,
                    "align": "right" if column.show else "left",
                    "sortable": not column.links,
                    "sortOrder": "da" if column.show else "ad",
                    "classes": _class(column),
                    "filters": column.filters,
                }
                for column in columns
            ],
            rows=[],
            row_key="key",
            pagination={"sortBy": None, "descending": False, "page": 1} | left.pagination,
        ).classes("sheet")
        self._table.props("flat dense wrap-cells")
        self._table.props["no-data-label"] = "No row matches the search."
        self._table.props["rows-per-page-options"] = [PAGE_ROWS]
        self._table.on("request", self._turn)
        self._table.on("open", self._open)
        self._table.on("follow", self._followed)
        self._table.on("choose", self._chosen)
        self._choose(left.words)
        self._fill(self._table.props["pagination"])

    def search(self, words: str) -> None:
        """Show the rows whose text columns contain all the words."""
        self._left.words = words
        self._choose(words)
        self._fill(self._table.props["pagination"] | {"page": 1})

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows on the same page, in the same order."""
        self._rows = list(rows)
        self._choose(self._left.words)
        self._fill(self._table.props["pagination"])

    @property
    def words(self) -> str:
        """Return the search words."""
        return self._left.words

    def _choose(self, words: str) -> None:
        names = [column.name for column in self._columns if not column.show]
        wanted = words.lower().split()
        self._shown = [
            row
            for row in self._rows
            if all(any(word in str(row[name] or UNKNOWN).lower() for name in names) for word in wanted)
        ]

    def csv(self) -> bytes:
        """Return the shown rows of every page as CSV, in their order, with exact amounts."""
        sheet = io.StringIO()
        values = (
            [row[column.name] if column.show else self._name(row, column) for column in self._columns]
            for row in self._shown
        )
        write_csv(sheet, [column.title for column in self._columns], values)
        return sheet.getvalue().encode()

    def _turn(self, event: events.GenericEventArguments) -> None:
        # The browser first requests the page that it already has.
        wanted = event.args["pagination"]
        if wanted != self._left.pagination:
            before = self._left.pagination
            self._fill(wanted)
            if self._sort and any(wanted.get(key) != before.get(key) for key in ("sortBy", "descending")):
                self._sort(wanted.get("sortBy"), bool(wanted.get("descending")))

    def _fill(self, pagination: dict[str, Any]) -> None:
        name = pagination.get("sortBy")
        if name in {column.name for column in self._columns}:
            known = [row for row in self._shown if row[name] is not None]
            known.sort(key=lambda row: row[name], reverse=bool(pagination.get("descending")))
            # Missing values come last in either order.
            self._shown = known + [row for row in self._shown if row[name] is None]
        pages = max(1, -(-len(self._shown) // PAGE_ROWS))
        page = min(max(1, int(pagination.get("page") or 1)), pages)
        if self._seeks:
            self._seeks = False
            names = [self._name(row, self._columns[0]) for row in self._shown]
            page = names.index(self._mark) // PAGE_ROWS + 1 if self._mark in names else page
        begin = (page - 1) * PAGE_ROWS
        self._table.rows = [
            self._line(begin + place, row) for place, row in enumerate(self._shown[begin : begin + PAGE_ROWS])
        ]
        self._table.props["hide-bottom"] = 0 < len(self._rows) <= PAGE_ROWS and bool(self._shown)
        paging = {"page": page, "rowsNumber": len(self._shown), "rowsPerPage": PAGE_ROWS}
        for column in self._table.props["columns"]:
            order = "descending" if pagination.get("descending") else "ascending"
            column["sorted"] = order if column["name"] == name else None
        self._table.props["pagination"] = self._left.pagination = pagination | paging
        self._table.update()

    def _line(self, key: int, row: Row) -> dict[str, Any]:
        amounts = {
            column.name: column.show(row[column.name], self._locale) if column.show else text(self._name(row, column))
            for column in self._columns
        }
        return {
            "key": key,
            "shown": {name: amount.shown for name, amount in amounts.items()},
            "exact": {name: amount.exact for name, amount in amounts.items()},
            "opens": self._opens is not None,
            "marked": bool(self._mark) and self._name(row, self._columns[0]) == self._mark,
            "links": {column.name: _links(row[column.name], column.links) for column in self._columns if column.links},
            "filters": {column.name: _filters(row[column.name]) for column in self._columns if column.filters},
            "marks": {column.name: row["mark"] for column in self._columns if column.is_marked},
        }

    def _name(self, row: Row, column: Column) -> str | None:
        if column.links:
            return ", ".join(map(str, row[column.name])) or None
        value: str | None = row[column.name]
        return value or (UNKNOWN if column is self._columns[0] else None)

    def _open(self, event: events.GenericEventArguments) -> None:
        if self._opens:
            self._opens(str(self._name(self._shown[int(event.args)], self._columns[0])))

    def _followed(self, event: events.GenericEventArguments) -> None:
        row, column, place = self._shown[int(event.args["row"])], str(event.args["column"]), int(event.args["place"])
        if self._follow and column in {one.name for one in self._columns if one.links}:
            self._follow(*row[column][place].drawer)

    def _chosen(self, event: events.GenericEventArguments) -> None:
        row, name = self._shown[int(event.args["row"])], str(event.args["column"])
        for column in self._columns:
            if self._chooses and column.filters and column.name == name and _filters(row[name]):
                self._chooses(column.filters, row[name])


def _filters(value: str | None) -> bool:
    """Return whether a filter can have this value."""
    return bool(value) and value != UNKNOWN


def _class(column: Column) -> str:
    if column.show:
        return "number"
    if column.links:
        return "links"
    return "text wraps" if column.wraps else "text"


def _links(links: Sequence[Link], shown: int) -> dict[str, Any]:
    """Return what the browser draws of a cell's links."""
    names = [
        {
            "name": one.name,
            "amount": one.amount and one.amount.shown,
            "exact": one.amount and one.amount.exact,
            "title": one.title,
            "note": one.note,
        }
        for one in links[:shown]
    ]
    return {"shown": names, "more": max(0, len(links) - shown)}


def sheet(
    look: Look,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Row],
    kind: str | None = None,
    *,
    follow: Callable[[str, str], None] | None = None,
) -> Sheet | None:
    """Draw a table, or a note if it is empty. ``kind``: the drawer that a row opens. ``follow``: what a link opens, a
    drawer where it is not given."""
    if not rows:
        nothing("No data in this range.")
        return None
    left = look.sheets.setdefault(name, Leafed())
    if not left.pagination and (sort := sort_of(look.view, name)):
        left.pagination = {"sortBy": sort[0], "descending": sort[1]}
    return Sheet(
        columns,
        rows,
        look.locale,
        left,
        opens=(lambda about: look.open(kind, about)) if kind else None,
        follow=follow or look.open,
        choose=look.filter,
        sort=lambda column, descending: look.sort(name, column, descending),
        mark=look.view.mark[1] if look.view.mark and look.view.mark[0] == name else "",
    )


def searchable(look: Look, end: ui.row, rows: Sheet | None, name: str) -> None:
    """Add a search field and a CSV button for a table to the row ``end``."""
    if rows is None:
        return
    with end:
        words = ui.input(placeholder="Search", value=rows.words, on_change=lambda event: rows.search(event.value or ""))
        words.props(f'dense outlined clearable debounce=200 aria-label="Search {name}"').classes("search")
        ui.button(
            "CSV",
            icon="download",
            on_click=lambda: ui.download.content(
                rows.csv(), file_name(name, look.view, look.period, rows.words), "text/csv;charset=utf-8"
            ),
        ).props("flat dense no-caps").props["aria-label"] = f"Download {name} as CSV"


def spenders_sheet(look: Look, name: str, rows: Sequence[Row], kind: str, words: str, *, links: int = 0) -> None:
    """Draw a table of users by spend. ``kind``: the drawer that a row opens. ``words``: shown if there are no rows.
    ``links``: how many of a row's ``touched`` repositories are drawn. Where a row has ``cases``, they have a column."""
    if not rows:
        nothing(words)
        return
    columns = [
        Column("user", "User"),
        Column("cost_usd", "Cost", money),
        Column("sessions", "Sessions", count),
        Column("repositories", "Repos", count),
        Column("models", "Models"),
        Column("spend_share", "% of spend", share),
    ]
    if any(row.get("cases") for row in rows):
        columns.append(Column("cases", "Cases"))
        rows = [{"cases": None} | row for row in rows]
    if links:
        # With one more column the table is wider than most drawers: what scrolls out of sight is the models.
        columns[-2:] = reversed(columns[-2:])
        columns.insert(2, Column("touched", "Repositories", links=links))
    sheet(look, name, columns, rows, kind)
