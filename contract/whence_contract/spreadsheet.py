"""Write CSV (RFC 4180) for spreadsheets, with portable numbers and without formula injection."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TextIO


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a header row and the rows, each with as many values as there are columns."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([cell(column) for column in columns])
    writer.writerows([cell(value) for value in row] for row in rows)


def cell(value: object) -> str:
    """Return ``value`` as the text of a cell: numbers without exponent or trailing zeros, times in ISO 8601, and empty
    for ``None``.

    Spreadsheets evaluate a cell that begins like a formula; a leading quote makes it text.
    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if value is None:
        return ""
    if isinstance(value, float | Decimal):
        number = f"{Decimal(str(value)):f}"
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return "0" if number == "-0" else number
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
