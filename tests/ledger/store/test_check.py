"""``whence ledger check``: of ledgers, of backups, and of files that are damaged or whose figures do not agree."""

import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from builders.ledger import running_ledger
from builders.machine import Machine
from whence_ledger.demo.generate import history, organization
from whence_ledger.store.store import Store


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger with closed sessions, rolled-up days and an open session's rest."""
    file = tmp_path_factory.mktemp("original") / "ledger.duckdb"
    store = Store(file)
    for rows in history(organization(3), date.today() - timedelta(days=3), 3):
        store.insert(rows)
    store.tidy(timedelta(0))
    for rows in history(organization(2), date.today() - timedelta(days=1), 1, seed=2):
        store.insert(rows)
    store.close()
    return file.parent


@pytest.fixture
def file(original: Path, tmp_path: Path) -> Path:
    """A copy of that ledger."""
    return Path(shutil.copytree(original, tmp_path / "data")) / "ledger.duckdb"


def check(tmp_path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    done = Machine(tmp_path).whence("ledger", "check", *arguments)
    assert "Traceback" not in done.stderr
    return done


def test_a_good_ledger_and_its_backup_are_well_and_stay_as_they_are(file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    with running_ledger(file.parent) as ledger:
        done = Machine(tmp_path).whence("ledger", "backup", str(backup), "--ledger", ledger.url)
        assert done.returncode == 0, done.stderr
    for arguments, path in ((("--data", str(file.parent)), file), ((str(backup),), backup)):
        before = path.read_bytes()
        done = check(tmp_path, *arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        assert "splits conserve totals" in done.stdout
        assert done.stdout.endswith(f"{path}: no problems found.\n")
        assert path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["backup"]


def test_damage_in_a_block_is_found_and_the_table_is_named(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file, read_only=True) as database:
        stored = "SELECT DISTINCT block_id FROM pragma_storage_info('points') WHERE block_id >= 0"
        blocks = [block for (block,) in database.execute(stored).fetchall()]
    content = bytearray(file.read_bytes())
    for block in blocks:
        content[12_288 + block * 262_144 + 1000] ^= 0xFF
    file.write_bytes(content)
    done = check(tmp_path, str(file))
    assert done.returncode == 1, done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("points"))
    assert "is damaged" in line
    assert "whence ledger restore BACKUP" in done.stderr
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE closed_shares SET share = share + 0.01 WHERE rowid = 0", "shares of each session sum to one"),
        ("UPDATE closed_usage SET cost_usd = cost_usd + 0.000000001 WHERE rowid = 0", "splits conserve totals"),
        ("DELETE FROM usage WHERE session_id = (SELECT min(session_id) FROM closed_usage)", "splits conserve totals"),
        ("UPDATE daily_usage SET lines_added = lines_added + 1 WHERE rowid = 0", "rolled-up days equal their parts"),
        ("DELETE FROM daily_costs WHERE cost_usd > 0", "rolled-up costs equal their parts"),
        ("UPDATE daily_tool_uses SET uses = uses + 1 WHERE rowid = 0", "rolled-up tools equal their parts"),
        ("INSERT INTO points SELECT * FROM points LIMIT 1", "no id twice"),
        ("INSERT INTO closed_sessions SELECT * FROM closed_sessions LIMIT 1", "no id twice"),
    ],
)
def test_figures_that_do_not_agree_are_found_and_the_rule_is_named(
    file: Path, tmp_path: Path, change: str, rule: str
) -> None:
    with duckdb.connect(file) as database:
        database.execute(change)
    done = check(tmp_path, str(file))
    assert done.returncode == 1, done.stdout
    wrong = [line for line in done.stdout.splitlines() if line.startswith(rule) and not line.endswith(" ok")]
    assert len(wrong) == 1, done.stdout


def test_a_file_that_is_no_ledger_or_is_cut_off_is_named(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(other) as database:
        database.execute("CREATE TABLE x (y INTEGER)")
    done = check(tmp_path, str(other))
    assert (done.returncode, "but no ledger" in done.stderr) == (1, True), done.stderr
    file.write_bytes(file.read_bytes()[:5000])
    done = check(tmp_path, str(file))
    assert (done.returncode, "is cut off" in done.stderr) == (1, True), done.stderr


def test_what_cannot_be_looked_at_exits_2_and_says_how_to(file: Path, tmp_path: Path) -> None:
    done = check(tmp_path, str(tmp_path / "nothing"))
    assert (done.returncode, "There is no file" in done.stderr) == (2, True), done.stderr
    with running_ledger(file.parent) as ledger:
        done = check(tmp_path, "--data", str(file.parent))
        assert done.returncode == 2, done.stderr
        assert f"in use by process {ledger.process}" in done.stderr
        assert "whence ledger backup BACKUP" in done.stderr
