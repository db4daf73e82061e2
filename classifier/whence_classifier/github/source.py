"""Sources: the GitHubs that a run queries, with their credentials.

One comes from the command's options, the others from a TOML file:

[[github]]
organizations = ["acme", "acme-research"]
token-file = "/etc/whence/github-token"

[[github]]
url = "https://git.acme.example"
organizations = ["tools"]
app-id = "7"
app-key = "/etc/whence/github-app.pem"
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from whence_classifier.error import ClassifierError
from whence_classifier.github.credentials import App, credentials
from whence_classifier.text import decode

GITHUB = "https://github.com"
_TEXTS = frozenset({"url", "token-file", "token-variable", "app-id", "app-key"})
_LISTS = frozenset({"organizations", "enterprises", "short-codes"})


class Source(NamedTuple):
    """One GitHub with one set of credentials.

    ``short_codes``: short codes, in lower case, of enterprises that manage accounts (``login_shortcode``).
    """

    url: str
    organizations: tuple[str, ...]
    enterprises: tuple[str, ...]
    short_codes: frozenset[str]
    credentials: str | App


def read_sources(path: Path, environment: Mapping[str, str]) -> list[Source]:
    """Read the file. Paths in it are relative to its folder. Raises ``ClassifierError`` with the entry."""
    try:
        content = tomllib.loads(decode(path.read_bytes(), str(path)))
    except OSError as error:
        raise ClassifierError(f"{path} cannot be read ({error.strerror}).") from error
    except tomllib.TOMLDecodeError as error:
        raise ClassifierError(f"{path} is not a TOML file: {error}.") from error
    if unknown := content.keys() - {"github"}:
        raise ClassifierError(f"{path} has {min(unknown)!r}; write [[github]] for each GitHub and set of credentials.")
    tables = content.get("github", [])
    if not (isinstance(tables, list) and tables and all(isinstance(one, dict) for one in tables)):
        raise ClassifierError(f"{path} has no [[github]].")
    return [
        _source(one, f"{path}, [[github]] number {place}", path, environment) for place, one in enumerate(tables, 1)
    ]


def _source(table: dict[str, Any], place: str, path: Path, environment: Mapping[str, str]) -> Source:
    for name, value in table.items():
        if name in _TEXTS and not isinstance(value, str):
            raise ClassifierError(f'{place}: write {name} = "…".')
        if name in _LISTS and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            raise ClassifierError(f'{place}: write {name} = ["…", "…"].')
        if name not in _TEXTS | _LISTS:
            raise ClassifierError(f"{place}: unknown key {name!r}. Keys: {', '.join(sorted(_TEXTS | _LISTS))}.")
    organizations, enterprises = tuple(table.get("organizations", ())), tuple(table.get("enterprises", ()))
    if not organizations and not enterprises:
        raise ClassifierError(f"{place}: add organizations or enterprises.")
    if sum(name in table for name in ("token-file", "token-variable", "app-id")) > 1:
        raise ClassifierError(f"{place}: use only one of token-file, token-variable, or app-id with app-key.")
    variable = table.get("token-variable", "GITHUB_TOKEN")
    token = {"GITHUB_TOKEN": environment.get(variable, "")}
    try:
        given = credentials(token, _path(table, "token-file", path), table.get("app-id"), _path(table, "app-key", path))
    except ClassifierError as error:
        raise ClassifierError(f"{place}: {str(error).replace('GITHUB_TOKEN', variable)}") from error
    short_codes = frozenset(one.lower() for one in table.get("short-codes", ()))
    return Source(table.get("url", GITHUB), organizations, enterprises, short_codes, given)


def _path(table: Mapping[str, Any], name: str, path: Path) -> Path | None:
    return path.parent / table[name] if name in table else None
