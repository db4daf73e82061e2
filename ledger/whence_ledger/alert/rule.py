"""Load alert rules and receivers from defaults.toml and the ledger's alerts.toml."""

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
FORMER = {"silent-machines": "coverage"}
"""Names that alerts had in earlier versions; alerts.toml, silences and stored alerts may still use them."""
_TEXTS = ("title", "says", "tab", "range")


class RuleError(Exception):
    """alerts.toml is invalid; the message says where and why."""


class Rule(NamedTuple):
    """One alert: ``sql/alerts/<name>.sql`` with ``thresholds``. ``hold``: how long the condition must hold before the
    alert fires. ``quiet``: how long it must be absent before the alert resolves. ``says``: a template. ``tab`` and
    ``range``: the dashboard view that shows it. ``defaults``: the thresholds without alerts.toml."""

    name: str
    title: str
    says: str
    hold: timedelta
    quiet: timedelta
    tab: str
    range: str
    thresholds: dict[str, float]
    defaults: dict[str, float]


class Receiver(NamedTuple):
    """Where to send notifications, and in which format (``kind``)."""

    name: str
    kind: str
    url: str


class Rules(NamedTuple):
    """``rules``: the enabled alerts. ``link``: the ledger's address for links in messages, or empty. ``disabled``: the
    alerts that alerts.toml disables."""

    rules: dict[str, Rule]
    receivers: dict[str, Receiver]
    link: str = ""
    disabled: tuple[Rule, ...] = ()


def load_rules(path: Path) -> Rules:
    """Load the defaults and apply the overrides in the file at ``path``, if it exists. Raises ``RuleError``."""
    known = tomllib.loads(files("whence_ledger.alert").joinpath("defaults.toml").read_text(encoding="utf-8"))
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        given = {}
    except (OSError, ValueError) as error:
        raise RuleError(f"Cannot read {path}: {error}.") from error
    receivers = _table(given.pop("receivers", {}), f"{path}: [receivers]")
    link = _table(given.pop("ledger", {}), f"{path}: [ledger]").get("url", "")
    if not isinstance(link, str):
        raise RuleError(f"{path}: [ledger]: url must be a string.")
    given = {FORMER.get(name, name): table for name, table in sorted(given.items(), key=lambda one: one[0] in known)}
    unknown = given.keys() - known.keys()
    if unknown:
        raise RuleError(f"{path}: unknown alert {', '.join(sorted(unknown))}. Alerts: {', '.join(known)}.")
    rules: dict[str, Rule] = {}
    disabled: list[Rule] = []
    for name, defaults in known.items():
        table = _table(given.get(name, {}), f"{path}: [{name}]")
        is_enabled = table.pop("enabled", True) is True
        # What a disabled rule has is not checked: it does nothing.
        rule = _rule(name, defaults, table if is_enabled else {}, path)
        if is_enabled:
            rules[name] = rule
        else:
            disabled.append(rule)
    places = {name: _receiver(name, one, path) for name, one in receivers.items()}
    return Rules(rules, places, link.rstrip("/"), tuple(disabled))


def _table(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RuleError(f"{place} must be a table.")
    return value


def _rule(name: str, defaults: Mapping[str, Any], given: dict[str, Any], path: Path) -> Rule:
    place = f"{path}: [{name}]"
    for key, value in given.items():
        if key not in defaults:
            raise RuleError(f"{place}: unknown key {key}. Keys: {', '.join(defaults)}, enabled.")
        wanted = (int, float) if isinstance(defaults[key], (int, float)) else str
        if not isinstance(value, wanted) or isinstance(value, bool) or (isinstance(value, (int, float)) and value < 0):
            kind = "text" if wanted is str else "a number, 0 or more"
            raise RuleError(f"{place}: {key} must be {kind}, such as {defaults[key]!r}.")
    merged = {**defaults, **given}
    try:
        hold, quiet = length(merged["for"]), length(merged["quiet"])
    except PeriodError as error:
        raise RuleError(f"{place}: {error}") from error
    usual = {key: value for key, value in defaults.items() if isinstance(value, (int, float))}
    thresholds = {key: merged[key] for key in usual}
    texts = {key: merged[key] for key in _TEXTS}
    return Rule(name=name, hold=hold, quiet=quiet, thresholds=thresholds, defaults=usual, **texts)


def _receiver(name: str, given: Any, path: Path) -> Receiver:
    place = f"{path}: [receivers.{name}]"
    table = _table(given, place)
    kind, url = table.get("kind"), table.get("url")
    if kind not in KINDS:
        raise RuleError(f"{place}: kind must be one of {', '.join(KINDS)}.")
    # An address may contain a secret: it can be kept in the environment instead.
    if isinstance(url, str) and url.startswith("$"):
        url = os.environ.get(url[1:], "")
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise RuleError(
            f"{place}: url must be an http or https address, or $NAME for an environment variable that holds one."
        )
    return Receiver(name, str(kind), url.rstrip("/"))
