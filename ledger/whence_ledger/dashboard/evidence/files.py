"""Write a pack as files: HTML for people, CSV for spreadsheets."""

import io
import re
from hashlib import sha256
from typing import NamedTuple

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from whence_contract.spreadsheet import write_csv
from whence_ledger.dashboard.evidence.pack import MAX_ROWS, Pack


def breakable(words: str) -> Markup:
    """Return a name that may wrap at its signs, before its letters have to: after a slash or hyphen, and before @ or a
    dot."""
    return Markup("<wbr>").join(re.split(r"(?<=[/-])|(?=[@.])", words))


_templates = Environment(loader=PackageLoader("whence_ledger"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
_templates.filters["breakable"] = breakable


class File(NamedTuple):
    """A file. ``sha256``: of its content, in hexadecimal digits."""

    name: str
    content: bytes
    media_type: str

    @property
    def sha256(self) -> str:
        """Return the content's SHA-256 in hexadecimal digits."""
        return sha256(self.content).hexdigest()


def files_of(pack: Pack) -> tuple[File, File]:
    """Return the HTML file, which names the CSV file and its SHA-256, and the CSV file."""
    # Names are untrusted input.
    subject = re.sub(r"[^A-Za-z0-9@.]+", "-", f"{pack.kind}-{pack.about}").strip("-.")[:80]
    name = f"whence_evidence_{subject}"
    sheet = io.StringIO()
    write_csv(sheet, pack.csv_columns, pack.csv_rows)
    table = File(f"{name}.csv", sheet.getvalue().encode(), "text/csv;charset=utf-8")
    words = _templates.get_template("evidence.html").render(pack=pack, table=table, max_rows=MAX_ROWS)
    return File(f"{name}.html", words.encode(), "text/html;charset=utf-8"), table
