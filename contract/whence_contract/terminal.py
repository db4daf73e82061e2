"""Terminal output: names and messages of others that change neither the terminal nor the order of the text."""

import json


def plain(text: str) -> str:
    """``text`` on one line, without control characters (C0 and C1), directional marks and what else is invisible.

    https://www.unicode.org/reports/tr36/ ("Bidirectional Text Spoofing")
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else " " * one.isspace() for one in text)


def plain_lines(text: str) -> str:
    """The same for a message of several lines."""
    return "\n".join(map(plain, text.split("\n")))


def escaped(document: str) -> str:
    """A JSON document in which those characters are escaped, which says the same."""
    if document.isprintable():
        return document
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in document)
