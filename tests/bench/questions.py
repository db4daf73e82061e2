"""How long every widget of every tab waits, and how much memory the server takes.

Run it: ``.venv/bin/python tests/bench/questions.py [DEVELOPERS [DAYS [FOLDER]]]``. A ledger is filled through the code
that stores received telemetry (unless FOLDER already has one), served, and asked over HTTP. Then nine copies of the
same sessions are added, each that many days earlier, and the questions about the last days are asked again.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.ledger import Ledger, running_ledger
from whence_ledger.demo.generate import EXPORT_SECONDS, history, organization
from whence_ledger.model.verdict import Verdict
from whence_ledger.store.store import Store

RUNS = 7
USER, REPOSITORY = "ada.abara7@acme.example", "acme/api-service"
TABS: dict[str, list[str]] = {
    "Overview": ["overview"],
    "Cost": ["cost", "series", "models", "spenders?limit=10", "insights", "extensions/skill"],
    "Usage": ["usage", "series", "tools"],
    "Users": ["users"],
    "GitHub repos": ["repositories", "labels", "unmanaged?limit=5"],
    "User drawer": [
        f"{name}user={USER}"
        for name in ("sessions?", "series/repository?", "series/model?", "models?", "branches?limit=10&")
    ],
    "Repository drawer": [
        f"{name}repository={REPOSITORY}" for name in ("spenders?limit=10&", "series/user?", "branches?limit=10&")
    ],
}
COPIES: tuple[str, ...] = ("closed_sessions", "closed_shares", "closed_branches", "closed_extensions", "closed_usage")
COPIES += ("closed_tool_uses", "daily_usage", "daily_costs", "daily_sessions", "daily_tool_uses", "daily_extensions")


def fill(folder: Path, developers: int, days: int, every: int = EXPORT_SECONDS) -> None:
    """Fill a ledger with this many developers and days, up to yesterday, with all sessions closed and all days rolled
    up. ``every``: seconds between exports of metrics."""
    first = datetime.now(UTC).date() - timedelta(days=days)
    store, received = Store(folder / "ledger.duckdb"), 0
    for rows in history(organization(developers), first, days, every=every):
        store.insert(rows)
        store.tidy(timedelta(0))
        received += len(rows.points)
    own = [row["repository"] for row in store.ask("observations") if row["owner"] == "acme"]
    others = [row["repository"] for row in store.ask("observations") if row["owner"] != "acme"]
    verdicts = [Verdict(name, "Managed", "in-organization") for name in own]
    store.put_labels(verdicts + [Verdict(name, "Unmanaged", "outside-organization") for name in others], ["acme"])
    store.close()
    print(f"{developers:,} developers, {days} days: {received:,} data points")


def lengthen(folder: Path, days: int, copies: int = 9) -> None:
    """Add this many copies of the same sessions, each ``days`` days earlier, as if they were other sessions."""
    with duckdb.connect(folder / "ledger.duckdb") as database:
        for table in COPIES:
            columns = database.table(table).columns
            values = ", ".join(_moved(column) for column in columns)
            database.execute(f"CREATE TEMP TABLE once AS SELECT * FROM {table}")  # noqa: S608 our own names
            for copy in range(1, copies + 1):
                shift = {"days": copy * days, "mark": f"~{copy}"}
                named = {key: value for key, value in shift.items() if f"${key}" in values}
                database.execute(f"INSERT INTO {table} SELECT {values} FROM once", named)  # noqa: S608
            database.execute("DROP TABLE once")


def _moved(column: str) -> str:
    if column in {"time", "last_time", "first_touch", "last_touch", "started", "ended", "since"}:
        return f"{column} - to_days($days)"
    return "session_id || $mark" if column == "session_id" else column


def end_of(folder: Path) -> datetime:
    """Return the end of the last day in the ledger."""
    with duckdb.connect(folder / "ledger.duckdb") as database:
        last = database.execute("SELECT max(time) + INTERVAL 1 DAY FROM daily_usage").fetchall()[0][0]
    assert isinstance(last, datetime)
    return last


def ask(ledger: Ledger, end: datetime, days: int) -> dict[str, float]:
    """Return the median of each question about the last ``days`` days, in milliseconds."""
    period = {"from": (end - timedelta(days=days)).isoformat(), "to": end.isoformat()}
    medians = {}
    with httpx.Client(timeout=120) as client:
        for name in sorted({question for questions in TABS.values() for question in questions}):
            url = httpx.URL(f"{ledger.url}/api/v1/{name}").copy_merge_params(period)
            times = []
            for _ in range(RUNS):
                begin = time.perf_counter()
                client.get(url).raise_for_status()
                times.append((time.perf_counter() - begin) * 1000)
            medians[name] = statistics.median(times)
    return medians


def show(medians: dict[str, float], ledger: Ledger) -> None:
    """Print every question and every tab, slowest first."""
    for name, median in sorted(medians.items(), key=lambda item: -item[1]):
        print(f"  {name:50} {median:6.0f} ms")
    for tab, questions in TABS.items():
        print(f"  tab {tab:46} {sum(medians[name] for name in questions):6.0f} ms")
    server = subprocess.run(["pgrep", "-f", f"serve.*{ledger.data}"], capture_output=True, text=True, check=True)
    peak = Path(f"/proc/{server.stdout.split()[0]}/status").read_text().partition("VmHWM:")[2].split()[0]
    print(f"  server, peak memory: {int(peak) // 1024} MB")


def main(developers: int = 50, days: int = 10, folder: str | None = None) -> None:
    """Fill the ledger, ask, add the copies, ask again."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(folder or temporary)
        if not (data / "ledger.duckdb").exists():
            fill(data, developers, days)
        end = end_of(data)
        with running_ledger(data) as ledger:
            short = ask(ledger, end, days)
            show(short, ledger)
        lengthen(data, days)
        with running_ledger(data) as ledger:
            long = ask(ledger, end, days)
            print(f"the last {days} days of {days * 10}:")
            show(long, ledger)
        worst = max(long, key=lambda name: long[name] / short[name])
        total = sum(long.values()) / sum(short.values())
        print(f"ten times the days: {total:.2f} times the time in all,")
        print(f"at worst {long[worst] / short[worst]:.2f} times ({worst})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])  # type: ignore[arg-type]
