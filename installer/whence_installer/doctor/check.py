"""A check: one link of the chain from Claude Code to the ledger."""

from typing import NamedTuple


class Check(NamedTuple):
    """One link: its name, whether it holds, what was found, and what to do if it does not."""

    name: str
    ok: bool
    found: str
    hint: str = ""
