"""Cluster: the statements that create the tables of ``sql/clickhouse/tables.sql`` on a cluster of ClickHouse.

Tables with a column ``session_id`` are sharded by it, so that what is joined by session is on one shard. The others are
small: every server has all their rows.
"""

import re
from collections.abc import Iterator

from whence_ledger.store.database import text
from whence_ledger.store.dialect import statements

_NAME = re.compile(r"\bTABLE (?:IF NOT EXISTS )?(\w+)")
_ENGINE = re.compile(r"\bENGINE = (\w*)MergeTree(?:\((\w+)\))?")
_SHARD = "sipHash64(session_id)"
_SHARDED = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
_EVERYWHERE = "'/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}'"
LOCAL = "_local"
"""What the name of a shard's own table ends with."""


def cluster_statements(cluster: str, database: str) -> Iterator[str]:
    """Yield the statements, in order. Both names are of letters, digits, ``_``, ``-`` and ``.``."""
    created = statements(text("clickhouse/tables.sql"))
    sharded = {_name(one) for one in created if one.startswith("CREATE") and "session_id String" in one}
    yield f"CREATE DATABASE IF NOT EXISTS `{database}` ON CLUSTER '{cluster}'"
    for statement in created:
        name = _name(statement)
        local = name + LOCAL * (name in sharded)
        placed = f"`{database}`.{local} ON CLUSTER '{cluster}'"
        named = statement.strip().rstrip(";").replace(f" {name}", f" {placed}", 1)
        where = _SHARDED if name in sharded else _EVERYWHERE
        yield _replicated(named, where)
    for name in sorted(sharded):
        yield (
            f"CREATE TABLE IF NOT EXISTS `{database}`.{name} ON CLUSTER '{cluster}' AS `{database}`.{name}{LOCAL}\n"
            f"ENGINE = Distributed('{cluster}', '{database}', {name}{LOCAL}, {_SHARD})"
        )


def _name(statement: str) -> str:
    found = _NAME.search(statement)
    assert found  # noqa: S101
    return found[1]


def _replicated(statement: str, where: str) -> str:
    """Return a statement with the replicated engine. ``where``: path and replica in Keeper."""
    engine = _ENGINE.search(statement)
    if not engine:
        return statement
    version = f", {engine[2]}" if engine[2] else ""
    replaced = f"ENGINE = Replicated{engine[1]}MergeTree({where}{version})"
    return f"{statement[: engine.start()]}{replaced}{statement[engine.end() :]}"
