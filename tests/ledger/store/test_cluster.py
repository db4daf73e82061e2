"""The statements for a cluster are ones that ClickHouse's own parser takes, and shard by session what has sessions."""

from pathlib import Path

from builders.history import clickhouse_engine
from builders.machine import Machine
from whence_ledger.store.clickhouse import ClickHouseStore
from whence_ledger.store.cluster import cluster_statements

_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
_WITH_SESSIONS = f"SELECT table FROM system.columns WHERE name = 'session_id' AND table IN ({_TABLES})"  # noqa: S608


def test_every_table_that_a_store_creates_is_replicated_and_those_with_sessions_are_sharded_by_session() -> None:
    made = list(cluster_statements("company", "spend"))
    with clickhouse_engine(exporter=False) as client:
        ClickHouseStore(client)
        tables = {name for (name,) in client.query(_TABLES).result_rows}
        sharded = {name for (name,) in client.query(_WITH_SESSIONS).result_rows}
        for statement in made:
            tree = client.command(f"EXPLAIN AST {statement}")
            assert "Query" in str(tree), statement
    assert len(sharded) > 8
    distributed = {one.split("`.")[1].split()[0] for one in made if "ENGINE = Distributed" in one}
    assert distributed == sharded
    created = {one.split("`.")[1].split()[0] for one in made if "ENGINE = Replicated" in one}
    assert created == {f"{name}_local" if name in sharded else name for name in tables}
    assert all("sipHash64(session_id)" in one for one in made if "ENGINE = Distributed" in one)
    assert all("ON CLUSTER 'company'" in one for one in made)
    # Rows of the same shard are replicated among its replicas; small tables among all.
    for one in made:
        if "ENGINE = Replicated" in one:
            assert ("{shard}/{database}" in one) == ("_local ON CLUSTER" in one)


def test_the_command_prints_them_and_takes_no_other_name(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "home")
    printed = machine.whence("ledger", "schema", "--cluster", "company", "--database", "spend").stdout
    assert printed.split(";\n")[:-1] == list(cluster_statements("company", "spend"))
    refused = machine.whence("ledger", "schema", "--cluster", "x' y")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
