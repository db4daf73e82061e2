"""Compare the ledger with PromQL on a real Prometheus: the same questions about the same sessions.

Run it: ``.venv/bin/python tests/bench/prometheus.py [DEVELOPERS [DAYS]]``; it needs Debian's package ``prometheus``.
For 100 developers and 30 days it takes some minutes to load. In Prometheus each session's counters are summed by their
last value (``last_over_time``), because ``increase`` guesses at both ends of a range; both totals are printed.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.ledger import free_port
from whence_ledger.demo.generate import history, organization
from whence_ledger.model.item import MEASURES, Rows
from whence_ledger.model.query import Query
from whence_ledger.store.store import Store

RUNS = 5
QUESTIONS = {
    "total cost": ("overview", "sum(last_over_time(claude_code_cost_usage_total[{d}d]))"),
    "by user": ("users", "sum by (user_email) (last_over_time(claude_code_cost_usage_total[{d}d]))"),
    "by model": ("models", "sum by (model) (last_over_time(claude_code_cost_usage_total[{d}d]))"),
    "by repository": (
        "repositories",
        "sum by (repository) ("
        "sum by (session_id) (last_over_time(claude_code_cost_usage_total[{d}d]))"
        " * on (session_id) group_right () ("
        "sum by (session_id, repository) (last_over_time(claude_code_repository_activity_total[{d}d]))"
        " / on (session_id) group_left () (sum by (session_id) "
        "(last_over_time(claude_code_repository_activity_total[{d}d])) > 0)))",
    ),
    "by increase, as dashboards do": ("overview", "sum(increase(claude_code_cost_usage_total[{d}d]))"),
}


def samples(rows: Rows, totals: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float, float]]:
    """Yield metric, labels, value and time (seconds) of each sample of the counters for these rows."""
    for point in rows.points:
        if point.measure is None or MEASURES[point.measure] != "cost_usd":
            continue
        cell = point.cell
        labels = f'session_id="{cell.session_id}",user_email="{cell.user_email}",model="{cell.model}"'
        labels += f',query_source="{cell.query_source}"'
        totals["cost"][labels] += point.nano / 1e9
        yield "claude_code_cost_usage", labels, totals["cost"][labels], point.time / 1e6
    for span in rows.spans:
        touch = span.touch
        labels = f'session_id="{touch.session_id}",repository="{touch.repository}"'
        totals["activity"][labels] += touch.reads + touch.edits + touch.searches + touch.commands
        yield "claude_code_repository_activity", labels, totals["activity"][labels], touch.time / 1e6


def fill(folder: Path, store: Store, developers: int, days: int) -> None:
    """Fill both with the same history."""
    first = datetime.now(UTC).date() - timedelta(days=days)
    totals: dict[str, dict[str, float]] = {"cost": defaultdict(float), "activity": defaultdict(float)}
    lines: dict[str, list[str]] = defaultdict(list)
    for rows in history(organization(developers), first, days):
        store.insert(rows)
        store.tidy(timedelta(0))
        for metric, labels, value, moment in samples(rows, totals):
            lines[metric].append(f"{metric}_total{{{labels}}} {value:.9f} {moment:.3f}\n")
    source = folder / "history.om"
    with source.open("w") as file:
        for metric, every in lines.items():
            file.write(f"# TYPE {metric} counter\n")
            file.writelines(every)
        file.write("# EOF\n")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h", source, folder / "tsdb"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    print(f"{developers} developers, {days} days: {sum(map(len, lines.values())):,} samples of cost and activity")


@contextmanager
def prometheus(folder: Path) -> Iterator[str]:
    """Run Debian's Prometheus on that folder, without scraping."""
    port = free_port()
    (folder / "prometheus.yml").write_text("scrape_configs: []\n")
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y", "--log.level=error"]
    command += ["--query.max-samples=500000000"]
    with subprocess.Popen(command) as process:
        url = f"http://127.0.0.1:{port}"
        while True:
            try:
                if httpx.get(f"{url}/-/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        try:
            yield url
        finally:
            process.terminate()


def timed(ask: Callable[[], float]) -> tuple[float, float]:
    """Return the median in milliseconds, and the total of the answer."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        total = ask()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times), total


def main(developers: int = 100, days: int = 30) -> None:
    """Fill both, ask both, and print times and totals side by side."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        store = Store(folder / "ledger.duckdb")
        fill(folder, store, developers, days)
        now = datetime.now(UTC)
        end = now.replace(tzinfo=None)
        period = Query(begin=end - timedelta(days=days + 1), end=end)
        with prometheus(folder) as url, httpx.Client(timeout=300) as client:
            for name, (question, query) in QUESTIONS.items():
                promql = query.format(d=days + 1)

                def ours(question: str = question) -> float:
                    return sum(float(row["cost_usd"]) for row in store.ask(question, period))

                def theirs(promql: str = promql) -> float:
                    answer = client.get(f"{url}/api/v1/query", params={"query": promql, "time": now.timestamp()})
                    return sum(float(result["value"][1]) for result in answer.json()["data"]["result"])

                (mine, dollars), (other, others) = timed(ours), timed(theirs)
                print(f"{name:30} ledger {mine:7.0f} ms ${dollars:,.2f}   PromQL {other:7.0f} ms ${others:,.2f}")
        store.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
