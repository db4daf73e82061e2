"""Shares as percentages: the CLI and the dashboard show the same digits."""

from decimal import Decimal

LEAST = 0.001


def at_least(share: Decimal | float) -> tuple[str, Decimal | float]:
    """Return a prefix and the fraction to show after it as a percentage with one digit: ``<`` and 0.1 % for a share
    that would read 0.0 % but is not zero, else no prefix and the share itself."""
    return ("<", LEAST) if 0 < share < LEAST / 2 else ("", share)
