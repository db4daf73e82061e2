"""Overrides: manual labels, applied before every other rule, from a small TOML file.

[managed]
"acme-labs/*" = "Bought in March, moves to acme this year"

[external]
"torvalds/linux" = "Kernel work for customers"
"""

import re
import tomllib
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

from whence_classifier.error import ClassifierError
from whence_classifier.text import decode
from whence_contract.label import Label
from whence_contract.repository import GITHUB_HOST, LOCAL, Repository

MAX_PATTERNS = 10_000
_WILD = re.compile(r"[*?\[]")
_TABLES = {"managed": Label.MANAGED, "external": Label.UNMANAGED}


class Override(NamedTuple):
    """``pattern``: matches the display name or the key (``host/owner/name``); ``*`` and ``?`` as in a shell."""

    pattern: str
    note: str
    label: Label


class Overrides(NamedTuple):
    """``exact``: entries without wildcard, by folded name. ``patterns``: entries with a wildcard, in file order.
    ``hosts``: the hosts named in entries, which are hosts that the company uses."""

    exact: dict[str, Override]
    patterns: tuple[tuple[re.Pattern[str], Override], ...]
    hosts: frozenset[str] = frozenset()

    def find(self, repository: Repository) -> Override | None:
        """Return the override for a repository: an exact entry, else the first matching pattern."""
        if not self.exact and not self.patterns:
            return None
        names = (repository.display.lower(), repository.key.lower())
        for name in names:
            if name in self.exact:
                return self.exact[name]
        return next((one for pattern, one in self.patterns if any(map(pattern.fullmatch, names))), None)


NO_OVERRIDES = Overrides({}, ())


def read_overrides(path: Path) -> Overrides:
    """Read the file. Raises ``ClassifierError`` with the line or the entry."""
    try:
        content = tomllib.loads(decode(path.read_bytes(), str(path)))
    except OSError as error:
        raise ClassifierError(f"{path} cannot be read ({error.strerror}).") from error
    except tomllib.TOMLDecodeError as error:
        raise ClassifierError(f"{path} is not a TOML file: {error}.") from error
    if unknown := content.keys() - _TABLES.keys():
        raise ClassifierError(f"{path} has an unknown table [{min(unknown)}]. Tables: [managed], [external].")
    found = []
    for table, label in _TABLES.items():
        entries = content.get(table, {})
        if not isinstance(entries, dict) or not all(isinstance(note, str) for note in entries.values()):
            raise ClassifierError(f'{path}: write the entries of [{table}] as "owner/name" = "note".')
        found += [Override(pattern, note, label) for pattern, note in entries.items()]
    if len(found) > MAX_PATTERNS:
        raise ClassifierError(f"{path} has more than {MAX_PATTERNS} entries.")
    for one in found:
        if "/" not in one.pattern.strip("/"):
            raise ClassifierError(f"{path}: {one.pattern!r} is not a repository: write owner/name or owner/*.")
    names = [one.pattern.lower() for one in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ClassifierError(f"{path} contains {twice!r} twice.")
    return Overrides(
        {one.pattern.lower(): one for one in found if not _WILD.search(one.pattern)},
        tuple((re.compile(translate(one.pattern.lower())), one) for one in found if _WILD.search(one.pattern)),
        frozenset(filter(None, (_host(one.pattern) for one in found))),
    )


def _host(pattern: str) -> str:
    """Return an entry's host in lower case: github.com for ``owner/name``, empty for any host."""
    first, *rest = pattern.strip("/").lower().split("/")
    if len(rest) == 1:
        return "" if first == LOCAL else GITHUB_HOST
    return "" if _WILD.search(first) or "." not in first else first
