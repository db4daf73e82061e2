"""Backups of a ledger that serves: several at once, and what a kill in the middle of one leaves."""

import os
import shutil
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from builders.ledger import running_ledger
from builders.machine import WHENCE, Machine
from whence_ledger.generate import history, organization
from whence_ledger.store import Store

LIMIT_SECONDS = 120


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
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(httpx.get, f"{ledger.url}/api/v1/backup", timeout=LIMIT_SECONDS)
            wait_for_a_copy(data)
            ledger.kill()
            with pytest.raises(httpx.HTTPError):
                answer.result()
    assert copies(data)
    mine = data / "copy-of-mine.duckdb"
    mine.write_text("no copy that the ledger made")
    with running_ledger(data) as ledger:
        assert copies(data) == [mine.name]
        assert ledger.get("overview")["sessions"] == expected


def test_a_killed_command_leaves_nothing_after_the_next_backup(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    target = folder / "ledger.backup"
    with running_ledger(data) as ledger:
        command = [*WHENCE, "ledger", "backup", str(target), "--ledger", ledger.url]
        with subprocess.Popen(command, env={"PATH": os.defpath, "HOME": str(tmp_path)}) as process:
            deadline = time.monotonic() + LIMIT_SECONDS
            while not any(file.stat().st_size for file in folder.glob("*.part")):
                assert process.poll() is None, "the backup was complete before the kill"
                assert time.monotonic() < deadline
            process.send_signal(signal.SIGKILL)
        assert [file.suffix for file in folder.iterdir()] == [".part"]
        done = Machine(tmp_path).whence("ledger", "backup", str(target), "--ledger", ledger.url)
        assert done.returncode == 0, done.stderr
    assert [file.name for file in folder.iterdir()] == [target.name]
