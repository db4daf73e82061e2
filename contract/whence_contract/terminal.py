"""Sanitize untrusted names and messages for the terminal."""

import json


def plain(text: str) -> str:
    """Return ``text`` on one line without control (C0, C1), directional and other invisible characters.

    https://www.unicode.org/reports/tr36/ ("Bidirectional Text Spoofing")
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else " " * one.isspace() for one in text)


def plain_lines(text: str) -> str:
    """Sanitize a message of several lines."""
    return "\n".join(map(plain, text.split("\n")))


def escaped(document: str) -> str:
    """Return an equivalent JSON document with the characters escaped that :func:`plain` removes."""
    if document.isprintable():
        return document
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in document)
