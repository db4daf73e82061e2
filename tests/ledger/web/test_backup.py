"""Backups of a ledger that serves: several at once, and what a kill in the middle of one leaves."""

import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from builders.ledger import running_ledger
from builders.machine import Machine
from whence_ledger.demo.generate import history, organization
from whence_ledger.store.store import Store

LIMIT_SECONDS = 120
HALF = """
import sys, time
from pathlib import Path
from whence_cli.part import new_part
with new_part(Path(sys.argv[1])) as part:
    part.write(b"half"), part.flush(), print("begun", flush=True)
    time.sleep(3600)
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger that is large enough for its backup to take a while."""
    folder = tmp_path_factory.mktemp("original")
    store = Store(folder / "ledger.duckdb")
    for rows in history(organization(10), date.today() - timedelta(days=4), 4):
        store.insert(rows)
    store.close()
    return folder


@pytest.fixture
def data(original: Path, tmp_path: Path) -> Path:
    """A copy of that ledger's folder."""
    return Path(shutil.copytree(original, tmp_path / "data"))


def copies(data: Path) -> list[str]:
    return [file.name for file in data.iterdir() if file.name.startswith("copy-")]


def wait_for_a_copy(data: Path) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not copies(data):
        assert time.monotonic() < deadline, "there is no copy"


def sessions(file: Path) -> int:
    store = Store(file)
    count = int(store.ask("overview")[0]["sessions"])
    store.close()
    return count


@pytest.mark.slow
def test_backups_at_the_same_time_all_succeed_and_are_whole(data: Path, tmp_path: Path) -> None:
    with running_ledger(data) as ledger:
        expected = ledger.get("overview")["sessions"]
        together = threading.Barrier(4)

        def take(_: int) -> httpx.Response:
            together.wait()
            return httpx.get(f"{ledger.url}/api/v1/backup", timeout=LIMIT_SECONDS)

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(take, range(4)))
        assert [answer.status_code for answer in answers] == [200] * 4
    for number, answer in enumerate(answers):
        file = tmp_path / str(number) / "ledger.duckdb"
        file.parent.mkdir()
        file.write_bytes(answer.content)
        assert sessions(file) == expected
    assert copies(data) == []


def test_two_commands_that_back_up_to_one_file_both_succeed(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "ledger.backup"
    target.parent.mkdir()
    with running_ledger(data) as ledger:
        machine = Machine(tmp_path)
        with ThreadPoolExecutor(2) as pool:
            done = list(
                pool.map(lambda _: machine.whence("ledger", "backup", str(target), "--ledger", ledger.url), "ab")
            )
        assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
        assert sessions(target) == ledger.get("overview")["sessions"]
    assert [file.name for file in target.parent.iterdir()] == ["ledger.backup"]


def test_a_kill_in_the_middle_of_a_backup_leaves_nothing_after_the_next_start(data: Path) -> None:
    with running_ledger(data) as ledger:
        expected = ledger.get("overview")["sessions"]

        def take(_: int) -> None:
            with suppress(httpx.HTTPError):
                while True:
                    httpx.get(f"{ledger.url}/api/v1/backup", timeout=LIMIT_SECONDS)

        with ThreadPoolExecutor(3) as pool:
            pool.map(take, range(3))
            wait_for_a_copy(data)
            ledger.kill()
    assert copies(data)
    mine = data / "copy-of-mine.duckdb"
    mine.write_text("no copy that the ledger made")
    with running_ledger(data) as ledger:
        assert copies(data) == [mine.name]
        assert ledger.get("overview")["sessions"] == expected


def test_what_a_killed_command_left_goes_with_the_next_backup(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "ledger.backup"
    target.parent.mkdir()
    with subprocess.Popen([sys.executable, "-c", HALF, str(target)], stdout=subprocess.PIPE) as half:
        assert half.stdout is not None
        assert half.stdout.readline() == b"begun\n"
        with running_ledger(data) as ledger:
            machine = Machine(tmp_path)
            done = machine.whence("ledger", "backup", str(target), "--ledger", ledger.url)
            assert done.returncode == 0, done.stderr
            assert len(list(target.parent.glob("*.part"))) == 1, "it belongs to a process that runs"
            half.kill()
            half.wait(LIMIT_SECONDS)
            done = machine.whence("ledger", "backup", str(target), "--ledger", ledger.url)
            assert done.returncode == 0, done.stderr
    assert [file.name for file in target.parent.iterdir()] == [target.name]
