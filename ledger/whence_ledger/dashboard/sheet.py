"""A sheet: rows that are compared, sorted, searched and taken along as CSV. The browser gets one page of them."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nicegui import events, ui

from whence_contract.spreadsheet import cell
from whence_ledger.dashboard.amount import Amount

PAGE_ROWS = 25
_CELL = """
<q-td :props="props" :title="props.row.exact[props.col.name]">
  <a v-if="props.row.linked === props.col.name" class="name" tabindex="0" role="button"
     @click="() => $parent.$emit('open', props.row.key)" @keyup.enter="() => $parent.$emit('open', props.row.key)"
     >{{ props.row.shown[props.col.name] }}</a>
  <span v-else :class="props.col.classes">{{ props.row.shown[props.col.name] }}</span>
</q-td>
"""


class Column(NamedTuple):
    """``numeric``: to the right, and largest first."""

    name: str
    title: str
    numeric: bool = True


class Line(NamedTuple):
    """One row: an amount for each column, and what its first cell opens."""

    cells: dict[str, Amount]
    opens: Callable[[], Any] | None = None


class Sheet:
    """``columns[0]`` is the name; rows come sorted and stay so until somebody sorts them otherwise."""

    def __init__(self, columns: Sequence[Column], lines: Sequence[Line], page_rows: int = PAGE_ROWS) -> None:
        """Draw it where the page is being built."""
        self._columns, self._lines, self._shown = columns, list(lines), list(lines)
        self._page_rows = page_rows
        self._table = ui.table(
            columns=[
                {
                    "name": column.name,
                    "label": column.title,
                    "field": column.name,
                    "align": "right" if column.numeric else "left",
                    "sortable": True,
                    "sortOrder": "da" if column.numeric else "ad",
                    "classes": "number" if column.numeric else "text",
                }
                for column in columns
            ],
            rows=[],
            row_key="key",
            pagination={"page": 1, "rowsPerPage": page_rows, "rowsNumber": len(self._lines)},
        ).classes("sheet")
        self._table.props("flat dense wrap-cells" + (" hide-bottom" if len(self._lines) <= page_rows else ""))
        self._table.props["rows-per-page-options"] = [page_rows]
        self._table.add_slot("body-cell", _CELL)
        self._table.on("request", self._turn)
        self._table.on("open", self._open)
        self._fill(self._table.props["pagination"])

    def search(self, words: str) -> None:
        """Show the rows that hold all the words."""
        wanted = words.lower().split()
        self._shown = [
            line
            for line in self._lines
            if all(any(word in one.exact.lower() for one in line.cells.values()) for word in wanted)
        ]
        self._fill(self._table.props["pagination"] | {"page": 1})

    def csv(self) -> bytes:
        """What is shown, on every page of it, in its order; amounts in full."""
        sheet = io.StringIO()
        writer = csv.writer(sheet)
        writer.writerow([column.title for column in self._columns])
        for line in self._shown:
            writer.writerow(
                [
                    cell(line.cells[column.name].raw if column.numeric else line.cells[column.name].exact)
                    for column in self._columns
                ]
            )
        return sheet.getvalue().encode()

    def _turn(self, event: events.GenericEventArguments) -> None:
        self._fill(event.args["pagination"])

    def _fill(self, pagination: dict[str, Any]) -> None:
        name = pagination.get("sortBy")
        if name in {column.name for column in self._columns}:
            known = [line for line in self._shown if line.cells[name].raw != ""]
            known.sort(key=lambda line: line.cells[name].raw, reverse=bool(pagination.get("descending")))
            # What has no value comes last, however it is sorted.
            self._shown = known + [line for line in self._shown if line.cells[name].raw == ""]
        page = max(1, int(pagination.get("page") or 1))
        begin = (page - 1) * self._page_rows
        self._table.rows = [
            {
                "key": begin + place,
                "shown": {name: amount.shown for name, amount in line.cells.items()},
                "exact": {name: amount.exact for name, amount in line.cells.items()},
                "linked": self._columns[0].name if line.opens else None,
            }
            for place, line in enumerate(self._shown[begin : begin + self._page_rows])
        ]
        self._table.props["pagination"] = pagination | {
            "page": page,
            "rowsNumber": len(self._shown),
            "rowsPerPage": self._page_rows,
        }
        self._table.update()

    def _open(self, event: events.GenericEventArguments) -> None:
        line = self._shown[int(event.args)]
        if line.opens:
            line.opens()
