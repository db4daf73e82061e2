"""Units of numbers that would otherwise be plain ``int``. mypy tells one from another; at run time they are ``int``."""

from typing import NewType

Nanoseconds = NewType("Nanoseconds", int)
"""A moment, in nanoseconds since 1970: what OTLP and the hook's records use."""
