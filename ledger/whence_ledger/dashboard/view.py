"""The view: tab, time range, filters and drawer, stored in the address bar, so that a link reproduces it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from whence_contract.period import PeriodError, parse_time
from whence_ledger.model.quarter import QUARTER, floor
from whence_ledger.model.query import Query, Split, by_bucket, clamp, period_before
from whence_ledger.model.window import latest

TABS = {
    "overview": "Overview",
    "cost": "Cost",
    "usage": "Usage",
    "users": "Users",
    "repositories": "GitHub repos",
}
RANGES = {
    "1h": (timedelta(hours=1), "Last hour"),
    "24h": (timedelta(days=1), "Last 24 hours"),
    "7d": (timedelta(days=7), "Last 7 days"),
    "30d": (timedelta(days=30), "Last 30 days"),
    "90d": (timedelta(days=90), "Last 90 days"),
}
CUSTOM = "custom"
SPLITS: dict[Split, str] = {
    "request": "Divided by request",
    "prompt": "Divided by prompt",
    "session": "Divided by session",
}
"""The rules that divide sessions among repositories; the first is the default."""
GROUPS = {
    "model": "Model",
    "user": "User",
    "team": "Team",
    "repository": "Repository",
    "label": "Label",
    "owner": "Owner",
}
"""What the tab Cost groups by; the first is the default."""
EXTENSIONS = {
    "skill": "Skill",
    "subagent": "Subagent",
    "plugin": "Plugin",
    "mcp-server": "MCP server",
    "slash-command": "Slash command",
}
"""The kinds of extensions of Claude Code; the first is the default."""
FILTERS = ("user", "model", "repository", "label", "team")
SPENDING = ("repository", "label", "user", "unmanaged", "session")
"""The drawers that evidence can be exported of. ``label``: all repositories with a label. ``unmanaged``: a user,
filtered to spend outside the organization."""
RULES, EVERY_RULE = "rules", "all"
"""The drawer of the alert rules; its subject is ``EVERY_RULE``, or a rule to show first."""
DRAWERS = (*SPENDING, RULES)
MAX_VALUES, MAX_LENGTH = 100, 2048
MAX_SORTS = 20
_MARK = re.compile(r"[a-z-]{1,40}")
_SORT = re.compile(r"([a-z-]{1,40})\.([a-z_]{1,40})\.(asc|desc)")
BUCKETS = (
    (timedelta(hours=1), "1m"),
    (timedelta(hours=6), "5m"),
    (timedelta(hours=12), "15m"),
    (timedelta(days=2), "hour"),
    (timedelta(days=180), "day"),
    (timedelta.max, "week"),
)
"""The bucket of charts for ranges up to each length."""
WITHIN_DAYS = frozenset({"1m", "5m", "15m", "hour"})
"""Buckets that are shown in the viewer's time zone."""
_STEPS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": QUARTER,
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
_MONDAY = datetime(1970, 1, 5)


class View(NamedTuple):
    """``begin``, ``end``: for a custom range only (UTC). ``drawer``: its kind and subject. ``sort``: the tables that
    the viewer sorted, as ``table.column.desc``. ``split``: the rule that divides sessions, a key of ``SPLITS``.
    ``mark``: a card, and the name of the row to mark there; the name is empty if the card has no such row. ``group``:
    a key of ``GROUPS``. ``extension``: the kind that is listed, a key of ``EXTENSIONS``."""

    tab: str = "overview"
    range: str = "30d"
    begin: datetime | None = None
    end: datetime | None = None
    user: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    repository: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    drawer: tuple[str, str] | None = None
    sort: tuple[str, ...] = ()
    split: Split = "request"
    mark: tuple[str, str] | None = None
    group: str = "model"
    extension: str = "skill"

    @property
    def is_filtered(self) -> bool:
        """Return whether any filter is set."""
        return any(getattr(self, name) for name in FILTERS)


class Period(NamedTuple):
    """A half-open time range (UTC), aligned to quarters of an hour."""

    begin: datetime
    end: datetime

    @property
    def bucket(self) -> str:
        """Return the bucket of charts over time: a key of ``_STEPS``."""
        length = self.end - self.begin
        return next(bucket for longest, bucket in BUCKETS if length <= longest)

    @property
    def buckets(self) -> list[datetime]:
        """Return each bucket's start, in order, up to the latest possible data but at least one."""
        step = _STEPS[self.bucket]
        # Weeks begin on Mondays.
        first = self.begin - (self.begin - _MONDAY) % step
        end = min(self.end, max(latest(), first + step))
        return [first + step * number for number in range(-((first - end) // step))]


def read_view(query: Iterable[tuple[str, str]]) -> View:
    """Parse a query string; ignore invalid parameters."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        if len(value) <= MAX_LENGTH and len(given.setdefault(name, [])) < MAX_VALUES:
            given[name].append(value)
    single = {name: values[-1] for name, values in given.items()}
    view = View(tab=single["tab"]) if single.get("tab") in TABS else View()
    if single.get("range") in RANGES:
        view = view._replace(range=single["range"])
    elif "from" in single or "to" in single:
        try:
            begin, end = clamp(floor(parse_time(single["from"]))), clamp(floor(parse_time(single["to"])))
        except (PeriodError, KeyError, OverflowError):
            begin = end = datetime.min
        if begin < end:
            view = view._replace(range=CUSTOM, begin=begin, end=end)
    for split in SPLITS:
        if single.get("split") == split:
            view = view._replace(split=split)
    if single.get("extension") in EXTENSIONS:
        view = view._replace(extension=single["extension"])
    filters: dict[str, Any] = {name: tuple(dict.fromkeys(given[name])) for name in FILTERS if name in given}
    view = view._replace(**filters)
    view = view._replace(sort=tuple(one for one in given.get("sort", ()) if _SORT.fullmatch(one))[:MAX_SORTS])
    if single.get("group") in GROUPS:
        view = view._replace(group=single["group"])
    card, _, name = single.get("mark", "").partition(":")
    view = view._replace(mark=(card, name)) if _MARK.fullmatch(card) else view
    kind, _, about = single.get("drawer", "").partition(":")
    return view._replace(drawer=(kind, about)) if kind in DRAWERS and about else view


def view_at(address: str) -> View:
    """Return the view of an address that ``write_view`` returned, or of the query string of any other."""
    return read_view(parse_qsl(address.removeprefix("?")))


def write_view(view: View) -> str:
    """Return the address of a view, relative to the page's address."""
    query: list[tuple[str, str]] = [("tab", view.tab)]
    if view.begin and view.end:
        query += [("from", view.begin.isoformat()), ("to", view.end.isoformat())]
    else:
        query.append(("range", view.range))
    query += [(name, value) for name in FILTERS for value in getattr(view, name)]
    if view.split != View().split:
        query.append(("split", view.split))
    if view.extension != View().extension:
        query.append(("extension", view.extension))
    query += [("sort", one) for one in view.sort]
    if view.group != View().group:
        query.append(("group", view.group))
    if view.mark:
        query.append(("mark", ":".join(view.mark)))
    if view.drawer:
        query.append(("drawer", ":".join(view.drawer)))
    return "?" + urlencode(query)


def saved(view: View) -> str:
    """Return the address of a view as it is saved: without its drawer and its marked row."""
    return write_view(view._replace(drawer=None, mark=None))


def file_name(report: str, view: View, period: Period, words: str) -> str:
    """Return a CSV file's name: report, days (UTC, the last one included) or hours, filters, the rule that divides
    sessions, and search words. A filter with several values contributes their number."""
    begin, end = period.begin, period.end
    if begin.time() == end.time() == time():
        parts = [report, f"{begin:%Y-%m-%d}", f"{end - timedelta(days=1):%Y-%m-%d}"]
    else:
        parts = [report, *(f"{moment:%Y-%m-%dT%H%MZ}" for moment in (begin, end))]
    for name in FILTERS:
        values: tuple[str, ...] = getattr(view, name)
        if values:
            parts.append(f"{name}-{values[0] if len(values) == 1 else len(values)}")
    parts.append(f"by-{view.split}")
    if words.strip():
        parts.append(f"search-{words.strip()}")
    # Names are untrusted input.
    safe = [re.sub(r"[^A-Za-z0-9@.]+", "-", part).strip("-.")[:50] for part in parts]
    return f"whence_{'_'.join(part for part in safe if part)[:200]}.csv"


def sort_of(view: View, table: str) -> tuple[str, bool] | None:
    """Return the column that sorts a table, and whether it is descending; ``None`` for the default order."""
    for one in view.sort:
        name, column, order = one.split(".")
        if name == table:
            return column, order == "desc"
    return None


def with_sort(view: View, table: str, column: str | None, descending: bool) -> View:
    """Return the view with a table sorted by a column; ``None`` for the default order."""
    others = tuple(one for one in view.sort if not one.startswith(f"{table}."))
    return view._replace(sort=(*others, f"{table}.{column}.{'desc' if descending else 'asc'}") if column else others)


def period_of(view: View) -> Period:
    """Return the period of a view's range as of now, including the current quarter of an hour."""
    if view.begin and view.end:
        return Period(view.begin, view.end)
    end = floor(datetime.now(UTC).replace(tzinfo=None)) + timedelta(minutes=15)
    return Period(end - RANGES.get(view.range, RANGES["30d"])[0], end)


def within(view: View, period: Period, begin: datetime, end: datetime) -> View:
    """Return the view of a part of its period, in full quarters of an hour."""
    end_of_quarter = floor(end + QUARTER - timedelta(microseconds=1))
    first, last = max(floor(begin), period.begin), min(end_of_quarter, period.end)
    return view._replace(range=CUSTOM, begin=first, end=last) if first < last else view


def only(view: View, name: str, value: str) -> View:
    """Return the view with one value of a filter. ``name``: of ``FILTERS``."""
    value_of: dict[str, Any] = {name: (value,)}
    return view._replace(**value_of)


def whole_session(query: Query, row: Mapping[str, Any]) -> Query:
    """Return the query for an entire session. ``row``: of the question session."""
    begin, end = (floor(row[name].replace(tzinfo=None)) for name in ("started", "ended"))
    # A request may have begun before the first data of its session.
    return replace(query, session=row["session"], begin=begin - timedelta(hours=1), end=end + QUARTER)


def query_of(view: View, period: Period, keep: timedelta | None) -> Query:
    """Return the query of a view. ``keep``: how long sessions are kept; ``None``: forever."""
    query = Query(
        begin=period.begin,
        end=period.end,
        previous_begin=period_before(period.begin, period.end, keep),
        users=view.user,
        models=view.model,
        repositories=view.repository,
        labels=view.label,
        teams=view.team,
        split=view.split,
    )
    return by_bucket(query, period.bucket)
