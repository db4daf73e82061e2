"""ClickHouse's own backup of the database, restored, answers the same and takes more data."""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import clickhouse_connect
import pytest

from builders.comparable import comparable
from builders.history import create_exporter_tables, drop_all, fill_exporter_tables
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import Rows
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.clickhouse import ClickHouseStore

pytestmark = pytest.mark.slow

BACKUP = Path(__file__).parents[3] / "docs" / "operations" / "backup.md"
AT_ONCE = timedelta(0)
QUESTIONS = ("overview", "repositories", "labels")


def test_a_backup_by_the_statements_of_the_documentation_is_restored(tmp_path: Path) -> None:
    (day,) = history(organization(1, seed=5), date(2026, 10, 1), 1, every=900)
    early = Rows(day.points[::2], day.events[::2], day.spans[::2])
    backup, restore = (
        line.replace("whence", "default").replace("Disk('backups', '", f"File('{tmp_path}/").rstrip(";")
        for line in BACKUP.read_text().splitlines()
        if line.startswith(("BACKUP ", "RESTORE "))
    )
    options = {"backups.allowed_path": f"{tmp_path}/"}
    with closing(clickhouse_connect.get_client(interface="chdb", chdb_options=options)) as client:
        drop_all(client)
        create_exporter_tables(client)
        fill_exporter_tables(client, early)
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
        fill_exporter_tables(client, day)
        store.tidy(AT_ONCE)
        after = [comparable(store.ask(name)) for name in QUESTIONS]
        assert after[0][0]["sessions"] == before[0][0]["sessions"]
        assert after[0][0]["cost_usd"] > before[0][0]["cost_usd"]
        points = client.query("SELECT count() FROM whence_points FINAL").result_rows
        assert points == [(len(day.points),)]
        drop_all(client)
