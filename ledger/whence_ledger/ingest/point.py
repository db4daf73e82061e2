"""Decode data points, and reject those that cannot be used."""

from functools import lru_cache
from typing import NamedTuple

from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from whence_contract import attribute as a
from whence_contract import claude_code as cc
from whence_contract.repository import Repository, parse_remote
from whence_contract.units import Microseconds, Nanoseconds, microseconds
from whence_ledger.ingest.attributes import MAX_KEPT, MAX_KEPT_BYTES, MAX_NUMBER, email, read_attributes, team_of, text
from whence_ledger.model.identity import hash_id
from whence_ledger.model.item import MEASURES, Cell, Point, to_nano
from whence_ledger.model.quarter import day_of, quarter_of

_KINDS = {series.metric: series.kind for series in cc.SERIES.values()}
"""The attribute that distinguishes what a metric's points measure."""
_MEASURES: dict[tuple[str, str | None], int | None] = {
    (series.metric, series.value): MEASURES.index(name) for name, series in cc.SERIES.items()
}
_MEASURES[cc.SESSION_COUNT, None] = None

METRICS = frozenset(metric for metric, _ in _MEASURES)
"""The metrics that the figures are computed from."""


class _Series(NamedTuple):
    """What all points with the same attributes share. ``cell``: without a time. ``attributes``: encoded, for the hash
    that is a point's id; they are kept because encoding takes longer than hashing."""

    measure: int | None
    cell: Cell
    told: Repository | None
    attributes: bytes


def read_point(metric: str, data: NumberDataPoint, team: str, version: str = "") -> Point | str:
    """Return the row of a data point, or why it is refused. ``team``, ``version``: of the resource and its client.
    Empties ``data``."""
    # An integer and a double with the same value are the same point; nearly all clients send doubles.
    value = data.as_double if data.HasField("as_double") else float(data.as_int)
    # This refuses NaN too: it is in no range.
    if not 0 <= value <= MAX_NUMBER:
        return f"A delta must be a number from 0 to {MAX_NUMBER}."
    start, moment = data.start_time_unix_nano, Nanoseconds(data.time_unix_nano)
    for field in ("start_time_unix_nano", "time_unix_nano", "value", "exemplars"):
        data.ClearField(field)
    rest = data.SerializeToString()
    # A client sends the same attributes every minute. Cache only short lists, to save memory.
    series = (_series if len(rest) <= MAX_KEPT_BYTES else _series.__wrapped__)(metric, rest, team, version)
    if isinstance(series, str):
        return series
    time = microseconds(moment)
    # Faster than ``_replace``.
    cell = Cell(quarter_of(time), *series.cell[1:])
    if not cell.session_id:
        cell = cell._replace(session_id=f"no-session:{cell.user_email or cell.user_id}:{day_of(time)}")
    before = f"({metric!r}, {start}, {moment}, "
    former_id = hash_id(f"{before}{int(value)}".encode() + series.attributes) if value.is_integer() else None
    point_id = hash_id(f"{before}{value!r}".encode() + series.attributes)
    return Point(time, point_id, cell, series.measure, to_nano(value), former_id, series.told)


@lru_cache(maxsize=MAX_KEPT)
def _series(metric: str, rest: bytes, team: str, version: str) -> _Series | str:
    attributes = read_attributes(NumberDataPoint.FromString(rest).attributes)
    kind = _KINDS.get(metric)
    try:
        measure = _MEASURES[metric, attributes.get(kind) if kind else None]
    except (KeyError, TypeError):
        return f"This version of whence does not know this {kind} of {metric}: upgrade whence."
    told = parse_remote(text(attributes.get(a.VCS_REPOSITORY_URL_FULL)))
    cell = Cell(
        time=Microseconds(0),
        session_id=text(attributes.get(a.SESSION_ID)),
        user_email=email(attributes.get(a.USER_EMAIL)),
        user_id=text(attributes.get(a.USER_ID)),
        team=team_of(attributes) or team,
        model=text(attributes.get(cc.MODEL)).partition("[")[0],
        query_source=text(attributes.get(cc.QUERY_SOURCE)),
        effort=text(attributes.get(cc.EFFORT)),
        speed=text(attributes.get(cc.SPEED)),
        told_repository=told.key if told else "",
        client_version=version,
    )
    identity = f", {sorted(attributes.items())!r})"
    return _Series(measure, cell, told, identity.encode("utf-8", "surrogatepass"))
