"""``whence ledger check``: of ledgers, of backups, and of files that are damaged or whose figures do not agree."""

import shutil
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pytest

from builders.ledger import running_ledger
from builders.machine import Machine
from whence_contract.units import Microseconds, Nano
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import Call, Cell, Point, Rows
from whence_ledger.model.quarter import quarter_of
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.check import check as find
from whence_ledger.store.store import Store

THURSDAY = date(2026, 3, 5)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger with closed sessions, rolled-up days and an open session's rest."""
    file = tmp_path_factory.mktemp("original") / "ledger.duckdb"
    store = Store(file)
    for rows in history(organization(3), THURSDAY - timedelta(days=3), 3):
        store.insert(rows)
    store.tidy(timedelta(0))
    store.put_labels([Verdict(row["repository"], "Managed", "test") for row in store.ask("observations")], ["acme"])
    for rows in history(organization(2), THURSDAY, 1, seed=2):
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE closed_shares SET share = share + 0.01 WHERE rowid = 0", "shares of each session sum to one"),
        ("DELETE FROM closed_shares WHERE session_id = (SELECT min(session_id) FROM closed_shares)", "shares of each"),
        ("UPDATE closed_usage SET cost_usd = cost_usd + 0.000000001 WHERE rowid = 0", "splits conserve totals"),
        (
            "UPDATE closed_usage SET commits = commits + 1, pull_requests = pull_requests - 1 WHERE rowid = 0",
            "splits conserve totals",
        ),
        ("DELETE FROM usage WHERE session_id = (SELECT min(session_id) FROM closed_usage)", "splits conserve totals"),
        ("UPDATE open_sessions SET since = since + INTERVAL 1 DAY", "splits conserve totals"),
        ("UPDATE open_sessions SET since = since + INTERVAL 1 DAY", "splits of tools conserve totals"),
        ("UPDATE open_sessions SET since = since + INTERVAL 1 DAY", "shares of each session sum to one"),
        ("UPDATE open_sessions SET since = since + INTERVAL 1 DAY", "sessions cover their items"),
        ("UPDATE closed_tool_uses SET failures = failures + 1 WHERE rowid = 0", "splits of tools conserve totals"),
        (
            "UPDATE closed_usage SET request_cost_usd = cost_usd + 1 WHERE rowid = 0",
            "costs by basis are parts of the cost",
        ),
        (
            "INSERT INTO calls (time, session_id, prompt_id, agent, call, started, starts_agent) "
            "VALUES ('2026-01-01', 'nobody', '', '', 1, '2026-01-01', 0)",
            "references exist",
        ),
        ("UPDATE daily_usage SET lines_added = lines_added + 1 WHERE rowid = 0", "rolled-up days equal their parts"),
        ("UPDATE daily_usage SET model = 'another' WHERE rowid = 0", "rolled-up days equal their parts"),
        ("DELETE FROM daily_costs WHERE cost_usd > 0", "rolled-up costs equal their parts"),
        ("DELETE FROM daily_sessions WHERE rowid = 0", "rolled-up sessions equal their parts"),
        ("INSERT INTO daily_sessions SELECT * FROM daily_sessions LIMIT 1", "rolled-up sessions equal their parts"),
        ("UPDATE daily_tool_uses SET uses = uses + 1 WHERE rowid = 0", "rolled-up tools equal their parts"),
        ("UPDATE daily_extensions SET cost_usd = 0 WHERE cost_usd > 0", "rolled-up extensions equal their parts"),
        ("UPDATE daily_extensions SET skill = 'another' WHERE rowid = 0", "rolled-up extensions equal their parts"),
        ("DELETE FROM daily_extensions WHERE rowid = 0", "rolled-up extensions equal their parts"),
        ("INSERT INTO points SELECT * FROM points LIMIT 1", "no duplicate ids"),
        ("INSERT INTO closed_sessions SELECT * FROM closed_sessions LIMIT 1", "no duplicate ids"),
        ("INSERT INTO closed_shares SELECT * FROM closed_shares LIMIT 1", "no duplicate ids"),
        ("UPDATE closed_branches SET high = high + 1 WHERE rowid = 0", "branches add up to their repository"),
        ("UPDATE closed_branches SET commits_low = commits_low - 1 WHERE rowid = 0", "branches add up"),
        ("DELETE FROM closed_branches WHERE rowid = 0", "branches add up to their repository"),
        ("UPDATE closed_extensions SET high = high + 1 WHERE rowid = 0", "extensions add up to their repository"),
        ("INSERT INTO rolled SELECT * FROM rolled", "no duplicate ids"),
        (
            "DELETE FROM open_sessions WHERE session_id = (SELECT min(session_id) FROM open_sessions)",
            "references exist",
        ),
        ("DELETE FROM closed_sessions WHERE rowid = 0", "references exist"),
        (
            "DELETE FROM repositories WHERE repository = (SELECT min(repository) FROM repositories)",
            "references exist",
        ),
        ("UPDATE closed_sessions SET ended = ended + INTERVAL 1 HOUR WHERE rowid = 0", "sessions cover their items"),
        ("UPDATE closed_sessions SET since = since + INTERVAL 1 HOUR WHERE rowid = 0", "sessions cover their items"),
        (
            "DELETE FROM points WHERE time > (SELECT max(time) - INTERVAL 6 HOUR FROM points)",
            "figures match their items",
        ),
        (
            "DELETE FROM events WHERE time > (SELECT max(time) - INTERVAL 6 HOUR FROM events)",
            "figures match their items",
        ),
        ("DELETE FROM label_changes WHERE rowid = 0", "labels are in their history"),
    ],
)
def test_figures_that_do_not_agree_are_found_and_the_rule_is_named(file: Path, change: str, rule: str) -> None:
    with duckdb.connect(file) as database:
        database.execute(change)
    assert [found.subject for found in find(file) if found.problem and found.subject.startswith(rule)]


def test_figures_that_do_not_agree_end_the_command_with_1(file: Path, tmp_path: Path) -> None:
    with duckdb.connect(file) as database:
        database.execute("UPDATE daily_usage SET lines_added = lines_added + 1 WHERE rowid = 0")
    done = check(tmp_path, str(file))
    assert done.returncode == 1, done.stdout
    (wrong,) = (line for line in done.stdout.splitlines() if line.startswith("rolled") and not line.endswith(" ok"))
    assert wrong.startswith("rolled-up days equal their parts")


@pytest.mark.slow
def test_a_ledger_is_well_after_each_thing_that_a_server_does_to_it(tmp_path: Path) -> None:
    file = tmp_path / "ledger.duckdb"
    today = date.today()
    midnight = (today - timedelta(days=5) - date(1970, 1, 1)).days * 86_400_000_000
    store = Store(file)

    def is_well() -> bool:
        store.backup(tmp_path / "copy")
        problems = [found for found in find(tmp_path / "copy") if found.problem]
        (tmp_path / "copy").unlink()
        assert not problems
        return True

    for rows in history(organization(2), today - timedelta(days=7), 7):
        store.insert(rows)
    # A tool whose result comes after midnight, of a session that ended before.
    store.insert(Rows([_point(Microseconds(midnight - 1))], [_tool(Microseconds(midnight + 1))], []))
    assert is_well()
    store.put_labels([Verdict(row["repository"], "Managed", "test") for row in store.ask("observations")], ["acme"])
    store.tidy(timedelta(0))
    assert is_well()
    store.insert(Rows([_point(Microseconds(midnight - 2))], [], []))
    assert is_well()
    store.tidy(timedelta(0))
    assert is_well()
    before = datetime.combine(today - timedelta(days=5), time(), UTC)
    store.forget(before)
    assert is_well()
    assert "late" in {row["session"] for row in store.ask("sessions")}
    store.forget(before + timedelta(days=1))
    assert is_well()
    assert "late" not in {row["session"] for row in store.ask("sessions")}
    store.close()


def _point(at: Microseconds) -> Point:
    cell = Cell(quarter_of(at), "late", "jane@acme.example", "", "", "claude-opus-4-8", "", "", "")
    return Point(at, at, cell, 0, Nano(10**9))


def _tool(at: Microseconds) -> Call:
    return Call(
        time=at,
        id=at,
        session_id="late",
        prompt_id="prompt",
        agent="",
        request_id="req_late",
        started=at,
        tool_use_id="toolu_late",
        tool="Bash",
        finished=True,
        failed=False,
    )


def test_a_file_that_is_no_ledger_or_is_cut_off_is_named(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(other) as database:
        database.execute("CREATE TABLE x (y INTEGER)")
    done = check(tmp_path, str(other))
    assert (done.returncode, "but not a ledger" in done.stderr) == (1, True), done.stderr
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
