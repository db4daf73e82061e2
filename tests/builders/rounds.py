"""Decide how often a test repeats something that fails only by chance."""

import os


def rounds(usual: int, long: int) -> int:
    """Return ``usual``, or ``long`` under ``tests/run --long``."""
    return long if os.environ.get("WHENCE_TEST_LONG") else usual
