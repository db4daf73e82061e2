"""ClickHouse's own backup of the database, restored, answers the same and takes more data."""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import clickhouse_connect
import pytest

from builders.comparable import comparable
from builders.history import create_exporter_tables, drop_all, fill_exporter_tables
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.clickhouse import ClickHouseStore

pytestmark = pytest.mark.slow

BACKUP = Path(__file__).parents[3] / "docs" / "operations" / "backup.md"
AT_ONCE = timedelta(0)
QUESTIONS = ("overview", "users", "repositories", "labels", "tools")


def test_a_backup_by_the_statements_of_the_documentation_is_restored(tmp_path: Path) -> None:
    first, second = history(organization(1, seed=5), date(2026, 10, 1), 2, every=900)
    backup, restore = (
        line.replace("whence", "default").replace("Disk('backups', '", f"File('{tmp_path}/").rstrip(";")
        for line in BACKUP.read_text().splitlines()
        if line.startswith(("BACKUP ", "RESTORE "))
    )
    options = {"backups.allowed_path": f"{tmp_path}/"}
    with closing(clickhouse_connect.get_client(interface="chdb", chdb_options=options)) as client:
        drop_all(client)
        create_exporter_tables(client)
        fill_exporter_tables(client, first)
        store = ClickHouseStore(client)
        store.tidy(AT_ONCE)
        store.roll(AT_ONCE)
        store.put_labels([Verdict(store.ask("observations")[0]["repository"], "Managed", "test")], ["acme"])
        before = [comparable(store.ask(name)) for name in QUESTIONS]
        assert all(before)
        client.command(backup)
        drop_all(client)
        client.command(restore)
        store = ClickHouseStore(client)
        assert all(day.roll for day in store.days)
        assert [comparable(store.ask(name)) for name in QUESTIONS] == before
        # What it had received counts once, and more counts.
        fill_exporter_tables(client, first)
        store.tidy(AT_ONCE)
        assert [comparable(store.ask(name)) for name in QUESTIONS] == before
        fill_exporter_tables(client, second)
        store.tidy(AT_ONCE)
        assert store.ask("overview")[0]["sessions"] > len(client.query("SELECT 1 FROM whence_rolls").result_rows)
        assert [comparable(store.ask(name)) for name in QUESTIONS] != before
        drop_all(client)
