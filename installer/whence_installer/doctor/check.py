"""The result of one check."""

from typing import NamedTuple


class Check(NamedTuple):
    """One check. ``found``: what was found. ``hint``: what to do if it failed."""

    name: str
    ok: bool
    found: str
    hint: str = ""
