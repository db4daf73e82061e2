"""Damaged ledgers: real files of DuckDB, damaged as disks, kills and people damage them, and what the server says."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import httpx
import pytest

from builders.ledger import free_port, running_ledger
from builders.machine import Machine
from whence_ledger.demo.generate import history, organization
from whence_ledger.store.damage import StoreError
from whence_ledger.store.store import Store

Change = Callable[[Path], None]
KILLED = """
import os, sys
from pathlib import Path
from builders.telemetry import EVER, cost, metrics
from whence_ledger.ingest.otlp import decode_metrics
from whence_ledger.model.item import Rows
from whence_ledger.store.store import Store
store = Store(Path(sys.argv[1]))
for number in range(20):
    decoded = decode_metrics(metrics(cost(1.0, f"late-{number}")), True, EVER)
    store.insert(Rows(points=decoded.rows.points))
os._exit(9)
"""


ANOTHER_USER = """
import os, sys
from pathlib import Path
from whence_ledger.store.store import Store
if not os.getuid():
    os.setuid(65534)
Store(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger, with a WAL of 20 sessions: its process was killed."""
    file = tmp_path_factory.mktemp("original") / "ledger.duckdb"
    store = Store(file)
    for rows in history(organization(3), date.today() - timedelta(days=3), 3):
        store.insert(rows)
    store.tidy(timedelta(0))
    store.close()
    tests = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", KILLED, str(file)], env=os.environ | {"PYTHONPATH": tests}, check=False)
    assert wal_of(file).stat().st_size > 0
    return file.parent


@pytest.fixture
def file(original: Path, tmp_path: Path) -> Path:
    """A copy of that ledger."""
    return Path(shutil.copytree(original, tmp_path / "data")) / "ledger.duckdb"


def wal_of(file: Path) -> Path:
    return Path(f"{file}.wal")


def sessions(file: Path) -> int:
    store = Store(file)
    count = int(store.ask("overview")[0]["sessions"])
    store.close()
    return count


def flipped(path: Path, *places: int) -> None:
    content = bytearray(path.read_bytes())
    for place in places:
        content[place] ^= 0xFF
    path.write_bytes(content)


def cut(size: int) -> Change:
    return lambda file: os.truncate(file, size)


def flip(place: int) -> Change:
    return lambda file: flipped(file, place)


def flip_wal(place: int) -> Change:
    return lambda file: flipped(wal_of(file), place)


def wal_entry_too_long(file: Path) -> None:
    # The first entry, behind the WAL's start, begins with its length.
    flipped(wal_of(file), wal_of(file).read_bytes().index(b"\xff\xff") + 2 + 4)


def write_wal(content: bytes) -> Change:
    def change(file: Path) -> None:
        wal_of(file).write_bytes(content)

    return change


def folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


def wal_of_another(file: Path) -> None:
    other = file.parent.parent / "other.duckdb"
    code = (
        "import duckdb, os, sys; other = duckdb.connect(sys.argv[1])\n"
        "for made in ('CREATE TABLE x AS SELECT 1', 'CHECKPOINT', 'CREATE TABLE y AS SELECT 1'): other.execute(made)\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(other)], check=False)
    shutil.copy(wal_of(other), wal_of(file))


def text_instead(file: Path) -> None:
    file.write_text("this is a letter and no database\n" * 1000)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut(0), "is empty"),
        (cut(7), "is cut off: only 7 bytes"),
        (cut(4096), "is cut off: only 4,096 bytes"),
        (cut(12_288), "is cut off: its end is missing"),
        (cut(700_000), "is cut off: its end is missing"),
        (flip(0), "is damaged: part of its content has changed"),
        (flip(100), "is damaged: part of its content has changed"),
        (flip(8), "is not a ledger"),
        (flip(4104), "is damaged: part of its content has changed"),
        (flip(12_300), "is damaged: part of its content has changed"),
        (text_instead, "is not a ledger"),
        (folder_instead, "is a folder, not a ledger"),
        (wal_of_another, "ledger.duckdb.wal belongs to another file"),
        (write_wal(b"garbage!" * 2000), "ledger.duckdb.wal is damaged: it does not begin as a WAL does"),
        (write_wal(bytes(20_000)), "ledger.duckdb.wal is damaged: it does not begin as a WAL does"),
        (flip_wal(12), "ledger.duckdb.wal is damaged: it does not begin as a WAL does"),
        (wal_entry_too_long, "ledger.duckdb.wal is damaged: it cannot be read from byte"),
        (flip_wal(200), "ledger.duckdb.wal is damaged"),
        (flip_wal(-30), "ledger.duckdb.wal is damaged"),
    ],
)
def test_each_damage_is_named_with_what_to_do_and_the_files_stay_as_they_are(
    file: Path, change: Change, said: str
) -> None:
    change(file)
    before = {path.name: path.read_bytes() for path in file.parent.iterdir() if path.is_file()}
    with pytest.raises(StoreError) as raised:
        Store(file)
    message = str(raised.value)
    assert said in message
    assert "whence ledger restore BACKUP" in message or "--data" in message
    assert "another 'whence serve'" not in message
    assert {path.name: path.read_bytes() for path in file.parent.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("kept", [1, 9, 30, 60, 5_000, 11_661, -1])
def test_a_wal_that_a_kill_cut_off_anywhere_is_no_damage(file: Path, kept: int) -> None:
    whole = wal_of(file).read_bytes()
    without = sessions_without_wal(file)
    wal_of(file).write_bytes(whole[:kept])
    assert without <= sessions(file) < without + 20


def test_an_intact_wal_is_read_whole(file: Path) -> None:
    without = sessions_without_wal(file)
    assert sessions(file) == without + 20


def sessions_without_wal(file: Path) -> int:
    alone = file.parent.parent / "alone" / file.name
    alone.parent.mkdir()
    shutil.copy(file, alone)
    return sessions(alone)


def test_the_server_says_it_in_one_message_without_a_traceback(file: Path, tmp_path: Path) -> None:
    text_instead(file)
    done = Machine(tmp_path).whence("serve", "--data", str(file.parent), "--port", str(free_port()))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert "is not a ledger" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_ledger_in_use_names_the_process_that_has_it(file: Path) -> None:
    with running_ledger(file.parent) as ledger, pytest.raises(StoreError, match=rf"in use by process {ledger.process}"):
        Store(file)


def test_a_ledger_that_may_not_be_read_says_so(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # Whoever asks may enter the folder, but not read the file.
        Path(folder).chmod(0o755)
        own = Path(shutil.copy(file, folder))
        own.chmod(0 if os.getuid() else 0o600)
        done = subprocess.run(
            [sys.executable, "-c", ANOTHER_USER, str(own)], capture_output=True, text=True, check=False
        )
    assert "StoreError" in done.stderr
    assert "cannot be opened: Permission denied. Run whence as the file's owner" in done.stderr


def test_a_question_that_meets_damage_is_answered_with_what_to_do(file: Path) -> None:
    sessions(file)
    # Into the blocks of the rows, which are read only by who asks for them.
    with duckdb.connect(file, read_only=True) as database:
        stored = "SELECT DISTINCT block_id FROM pragma_storage_info('points') WHERE block_id >= 0"
        blocks = [block for (block,) in database.execute(stored).fetchall()]
    flipped(file, *(12_288 + block * 262_144 + 1000 for block in blocks))
    with running_ledger(file.parent) as ledger:
        answer = httpx.get(f"{ledger.url}/api/v1/backup", timeout=120)
    assert answer.status_code == 500
    assert "The ledger's file is damaged" in answer.json()["error"]
