"""Load the demo: send a generated organization's telemetry through the real receiver, and label it with the real
classifier.

``whence demo`` runs it as a separate process: ``python -m whence_ledger.demo.load URL DEVELOPERS DAYS FOLDER``. It
prints the number of loaded days to standard output, one line per day, and a progress bar to standard error.
"""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from whence_client.ledger import Ledger
from whence_contract.units import Microseconds
from whence_ledger.demo.encode import logs_request, metrics_request, traces_request
from whence_ledger.demo.generate import SECOND, Organization, history, organization
from whence_ledger.demo.github import serve_github
from whence_ledger.demo.story import PEOPLE, cases, stories
from whence_ledger.model.item import Rows
from whence_ledger.store.division import HOLD_SECONDS

REPOSITORIES = 60
EXPORT_SECONDS = 600
"""Interval between the generated clients' exports of metrics. Real clients export every minute, which would take ten
times as long to load and look the same."""
BATCH = 20_000
IN_FLIGHT = 2

WHENCE = [
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'whence'; from whence_cli.main import main; main()",
]


def steps(days: int) -> int:
    """Return the number of days to load, including today, which has the stories' last hour."""
    return days + 1


def load(url: str, developers: int, days: int, folder: Path) -> None:
    """Send all telemetry, then label the repositories. Raises ``httpx.HTTPError``."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        # The parent process reads standard output: keep rich from redirecting it.
        Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar,
        httpx.Client(base_url=url, timeout=120, headers=_token("INGEST"), trust_env=False) as client,
        ThreadPoolExecutor(1) as sender,
    ):
        task = bar.add_task("Loading days", total=steps(days))

        def finish(sent: "Future[None]") -> None:
            sent.result()
            bar.advance(task)
            print(int(bar.tasks[0].completed), flush=True)

        # Generate the next day while this one is being sent.
        sending: deque[Future[None]] = deque()
        for rows in _every_day(developers, days, datetime.now(UTC).replace(tzinfo=None)):
            sending.append(sender.submit(_post, client, rows))
            if len(sending) >= IN_FLIGHT:
                finish(sending.popleft())
        # Report the last day as done only after everything is labelled.
        while len(sending) > 1:
            finish(sending.popleft())
        sending[0].result()
        _classify(url, developers, folder)
        _decide(url)
        finish(sending[0])


def _every_day(developers: int, days: int, now: datetime) -> Iterator[Rows]:
    """Yield the telemetry of each of the ``days`` days before ``now``, and of today until ``now`` (UTC, naive)."""
    first = (now - timedelta(days=days)).date()
    told: dict[int, Rows] = {}
    for rows in stories(now, days):
        begin = datetime.fromtimestamp(min(point.time for point in rows.points) / SECOND, UTC).date()
        of_day = told.setdefault((begin - first).days, Rows([], [], []))
        of_day.points.extend(rows.points)
        of_day.events.extend(rows.events)
        of_day.spans.extend(rows.spans)
    end = Microseconds(int(now.replace(tzinfo=UTC).timestamp() * SECOND))
    generated = history(_organization(developers), first, days + 1, every=EXPORT_SECONDS, end=end)
    for number, rows in enumerate(generated):
        of_day = told.get(number, Rows([], [], []))
        yield Rows([*rows.points, *of_day.points], [*rows.events, *of_day.events], [*rows.spans, *of_day.spans])


def _organization(developers: int) -> Organization:
    # The stories add their own people.
    return organization(max(1, developers - PEOPLE), repositories=REPOSITORIES)


def _post(client: httpx.Client, rows: Rows) -> None:
    def post(signal_name: str, body: bytes) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        client.post(f"/v1/{signal_name}", content=body, headers=headers).raise_for_status()

    for begin in range(0, len(rows.points), BATCH):
        post("metrics", metrics_request(rows.points[begin : begin + BATCH]))
    for begin in range(0, len(rows.events), BATCH):
        post("logs", logs_request(rows.events[begin : begin + BATCH]))
    post("traces", traces_request(rows.spans))


def _classify(url: str, developers: int, folder: Path) -> None:
    """Label everything, as cron would, against a GitHub of our own."""
    names = {one.display for one in _organization(developers).repositories}
    # Before that, answers need not have the last day's branches.
    time.sleep(HOLD_SECONDS)
    with Ledger(url, "read") as ledger:
        known = ledger.rows("/api/v1/observations")
        branches = ledger.rows("/api/v1/branches")
    names |= {row["display"] for row in known if row["owner"] == "acme" and row["host"] == "github.com"}
    with serve_github(sorted(names), branches) as github:
        environment = os.environ | {"GITHUB_TOKEN": "demo", "XDG_CACHE_HOME": str(folder / "cache")}
        done = subprocess.run(
            [
                *WHENCE,
                "classify",
                "--org",
                "acme",
                "--github-url",
                github,
                "--ledger",
                url,
                "--pull-requests",
                "--format",
                "json",
            ],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    if done.returncode:
        print(f"The repositories have no labels: {done.stderr.strip()}", file=sys.stderr)


def _decide(url: str) -> None:
    """Set the cases of the stories, as an administrator would."""
    with httpx.Client(base_url=url, timeout=120, headers=_token("ADMIN"), trust_env=False) as client:
        for case in cases(datetime.now(UTC).date()):
            answer = client.put("/api/v1/cases", json=case)
            # In a short history some of the stories have no work yet.
            if answer.status_code != httpx.codes.NOT_FOUND:
                answer.raise_for_status()


def _token(role: str) -> dict[str, str]:
    given = os.environ.get(f"WHENCE_{role}_TOKEN")
    return {"Authorization": f"Bearer {given}"} if given else {}


def main() -> None:
    """Run the loader with the arguments of the command line."""
    # Ctrl-C is handled by the server, which terminates this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    url, developers, days, folder = sys.argv[1:]
    try:
        load(url, int(developers), int(days), Path(folder))
    except (httpx.TransportError, BrokenPipeError):
        # The server has stopped and reported the reason.
        os._exit(1)
    except httpx.HTTPStatusError as error:
        sys.exit(f"Cannot load the demo: {error}")


if __name__ == "__main__":
    main()
