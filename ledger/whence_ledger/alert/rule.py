"""Rules: which alerts there are, from when on, and who is told; from defaults.toml and the ledger's own alerts.toml."""

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from whence_contract.period import PeriodError, length

KINDS = ("webhook", "slack", "alertmanager")
_TEXTS = ("title", "says", "tab", "range")


class RuleError(Exception):
    """The file of alerts cannot be used; the message says where and why."""


class Rule(NamedTuple):
    """One alert: ``sql/alerts/<name>.sql`` with ``thresholds``. ``hold``: for how long it must be so before it fires;
    ``quiet``: for how long otherwise before it resolves. ``says``: a template. ``tab`` and ``range``: where to look."""

    name: str
    title: str
    says: str
    hold: timedelta
    quiet: timedelta
    tab: str
    range: str
    thresholds: dict[str, float]


class Receiver(NamedTuple):
    """Who is told, how, and where."""

    name: str
    kind: str
    url: str


class Rules(NamedTuple):
    """``rules``: the alerts that are enabled. ``link``: the ledger's own address, or nothing."""

    rules: dict[str, Rule]
    receivers: dict[str, Receiver]
    link: str = ""


def load_rules(path: Path) -> Rules:
    """The defaults, with what the file at ``path`` changes, if there is one. Raises ``RuleError``."""
    known = tomllib.loads(files("whence_ledger.alert").joinpath("defaults.toml").read_text(encoding="utf-8"))
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        given = {}
    except (OSError, ValueError) as error:
        raise RuleError(f"{path} cannot be read: {error}.") from error
    receivers = _table(given.pop("receivers", {}), f"{path}: [receivers]")
    link = _table(given.pop("ledger", {}), f"{path}: [ledger]").get("url", "")
    if not isinstance(link, str):
        raise RuleError(f"{path}: [ledger]: url is no text.")
    unknown = given.keys() - known.keys()
    if unknown:
        raise RuleError(f"{path}: there is no alert {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    rules = {
        name: rule
        for name, defaults in known.items()
        if (rule := _rule(name, defaults, _table(given.get(name, {}), f"{path}: [{name}]"), path)) is not None
    }
    return Rules(rules, {name: _receiver(name, one, path) for name, one in receivers.items()}, link.rstrip("/"))


def _table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RuleError(f"{place} is no table.")
    return value


def _rule(name: str, defaults: Mapping[str, Any], given: dict[str, Any], path: Path) -> Rule | None:
    place = f"{path}: [{name}]"
    if given.pop("enabled", True) is not True:
        return None
    for key, value in given.items():
        if key not in defaults:
            raise RuleError(f"{place}: there is no {key}; there are {', '.join(defaults)} and enabled.")
        wanted = (int, float) if isinstance(defaults[key], (int, float)) else str
        if not isinstance(value, wanted) or isinstance(value, bool) or (isinstance(value, (int, float)) and value < 0):
            raise RuleError(f"{place}: {key} must be as {defaults[key]!r} is.")
    whole = {**defaults, **given}
    try:
        hold, quiet = length(whole["for"]), length(whole["quiet"])
    except PeriodError as error:
        raise RuleError(f"{place}: {error}") from error
    thresholds = {key: value for key, value in whole.items() if isinstance(value, (int, float))}
    texts = {key: whole[key] for key in _TEXTS}
    return Rule(name=name, hold=hold, quiet=quiet, thresholds=thresholds, **texts)


def _receiver(name: str, given: Any, path: Path) -> Receiver:
    place = f"{path}: [receivers.{name}]"
    table = _table(given, place)
    kind, url = table.get("kind"), table.get("url")
    if kind not in KINDS:
        raise RuleError(f"{place}: kind is one of {', '.join(KINDS)}.")
    # An address may hold a secret: it can stand in the environment instead.
    if isinstance(url, str) and url.startswith("$"):
        url = os.environ.get(url[1:], "")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise RuleError(f"{place}: url must be an http or https address, or $NAME of a variable that holds one.")
    return Receiver(name, str(kind), url.rstrip("/"))
