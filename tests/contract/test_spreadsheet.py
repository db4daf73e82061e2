"""CSV files that spreadsheets and other programs read alike."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from whence_contract.spreadsheet import cell, write_csv


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("12.000000000"), "12"),
        (Decimal("1.100000000"), "1.1"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0E-9"), "0"),
        (Decimal("-0.000000000"), "0"),
        (1e-07, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (-1.5, "-1.5"),
        (3, "3"),
        (100, "100"),
        (None, ""),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
    ],
)
def test_numbers_are_plain(value: object, text: str) -> None:
    assert cell(value) == text


@pytest.mark.parametrize("start", "=+-@\t\r")
def test_a_text_that_begins_like_a_formula_is_made_text(start: str) -> None:
    assert cell(f"{start}1+1") == f"'{start}1+1"


def test_a_file_is_as_rfc_4180_wants_it() -> None:
    file = io.StringIO(newline="")
    write_csv(file, ["name", "note"], [["a,b", 'say "x"'], ["two\nlines", None]])
    assert file.getvalue() == 'name,note\r\n"a,b","say ""x"""\r\n"two\nlines",\r\n'
    file.seek(0)
    assert list(csv.reader(file)) == [["name", "note"], ["a,b", 'say "x"'], ["two\nlines", ""]]
