"""Units of numbers that would otherwise be plain ``int``. mypy tells one from another; at run time they are ``int``."""

from typing import NewType

Nanoseconds = NewType("Nanoseconds", int)
"""A moment, in nanoseconds since 1970: what OTLP and the hook's records use."""

Microseconds = NewType("Microseconds", int)
"""A moment, in microseconds since 1970: what the ledger keeps."""

Nano = NewType("Nano", int)
"""An amount (dollars, tokens, lines, seconds) in units of 1e-9: what the ledger adds up, exactly."""


def microseconds(moment: Nanoseconds) -> Microseconds:
    """Return the moment as the ledger keeps it, rounded down."""
    return Microseconds(moment // 1000)
