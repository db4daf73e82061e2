"""Types for the units of integers. mypy distinguishes them; at run time they are ``int``."""

from typing import NewType

Nanoseconds = NewType("Nanoseconds", int)
"""A time in nanoseconds since 1970, as in OTLP and the hook's records."""

Microseconds = NewType("Microseconds", int)
"""A time in microseconds since 1970, as in the ledger."""

Nano = NewType("Nano", int)
"""An amount (dollars, tokens, lines, seconds) in units of 1e-9, which the ledger adds up exactly."""


def microseconds(moment: Nanoseconds) -> Microseconds:
    """Return the time in microseconds, rounded down."""
    return Microseconds(moment // 1000)
