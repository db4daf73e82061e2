"""``whence demo``: a generated organization to look at, through the real receiver and the real classifier."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import httpx
from rich.console import Console
from rich.progress import track

from whence_contract.address import route
from whence_ledger.encode import logs_request, metrics_request, traces_request
from whence_ledger.generate import Organization, history, organization
from whence_ledger.otlp import Rows
from whence_ledger.story import HANDBOOK, PEOPLE, PUBLIC, SHARED_ROOT, stories

REPOSITORIES = 60
EXPORT_SECONDS = 180
BATCH = 5000
START_SECONDS = 60


@click.command()
@click.option("--developers", default=40, show_default=True, type=click.IntRange(1, 2000), help="How many there are.")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 365), help="How long they have worked.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4320, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep it here.  [default: nowhere]")
def demo(developers: int, days: int, host: str, port: int, data: Path | None) -> None:
    """Serve a generated organization to look at. Your own ledger is not touched."""
    if data and data.exists() and any(data.iterdir()):
        raise click.ClickException(
            f"{data} is not empty. Name a new folder, so that nothing of yours is mixed with a demo."
        )
    with tempfile.TemporaryDirectory(prefix="whence-demo-") if data is None else nullcontext(str(data)) as folder:
        # However it is ended, the server ends with it.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server = subprocess.Popen([*_WHENCE, "serve", "--host", host, "--port", str(port), "--data", folder])
        try:
            url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 it is asked there
            _wait(url, server)
            _send(url, developers, days)
            _classify(url, developers, folder)
            click.echo(f"Look at {url} — a generated organization of {developers} developers. Ctrl-C ends it.")
            server.wait()
        except KeyboardInterrupt:
            pass
        finally:
            server.terminate()
            server.wait(timeout=30)
    if server.returncode not in {0, -15}:
        sys.exit(1)


_WHENCE = [
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'whence'; from whence_installer.command import main; main()",
]


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    """Until it answers; what kept it from starting it has said itself."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/api/v1/openapi.json", timeout=START_SECONDS, **route(url))
            return
        time.sleep(0.1)
    sys.exit(1)


def _send(url: str, developers: int, days: int) -> None:
    """All that the machines of the organization would have sent."""
    now = datetime.now(UTC).replace(tzinfo=None)
    first = (now - timedelta(days=days)).date()
    acme = _organization(developers)
    told = list(stories(now, days))
    with httpx.Client(base_url=url, timeout=120, **route(url)) as client:
        for rows in track(
            history(acme, first, days, every=EXPORT_SECONDS),
            description="Generating",
            total=days,
            console=Console(stderr=True),
            transient=True,
        ):
            _post(client, rows)
        for rows in told:
            _post(client, rows)


def _organization(developers: int) -> Organization:
    # The stories bring their own people.
    return organization(max(1, developers - PEOPLE), repositories=REPOSITORIES)


def _post(client: httpx.Client, rows: Rows) -> None:
    def post(signal: str, body: bytes) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        client.post(f"/v1/{signal}", content=body, headers=headers).raise_for_status()

    for begin in range(0, len(rows.points), BATCH):
        post("metrics", metrics_request(rows.points[begin : begin + BATCH]))
    for begin in range(0, len(rows.events), BATCH):
        post("logs", logs_request(rows.events[begin : begin + BATCH]))
    post("traces", traces_request(rows.spans))


def _classify(url: str, developers: int, folder: str) -> None:
    """Label everything, as cron would, against a GitHub of our own."""
    names = {one.display for one in _organization(developers).repositories}
    told = httpx.get(f"{url}/api/v1/observations", timeout=60, **route(url)).json()
    names |= {row["display"] for row in told if row["owner"] == "acme" and row["host"] == "github.com"}
    with _github(sorted(names)) as github:
        environment = os.environ | {"GITHUB_TOKEN": "demo", "XDG_CACHE_HOME": str(Path(folder, "cache"))}
        done = subprocess.run(
            [*_WHENCE, "classify", "--org", "acme", "--github-url", github, "--ledger", url, "--format", "json"],
            check=False,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    if done.returncode:
        click.echo(f"The repositories have no labels: {done.stderr.strip()}", err=True)


@contextmanager
def _github(names: Sequence[str]) -> Iterator[str]:
    """A GitHub with one organization, whose developers' own repositories are public."""
    organization = {"id": 1, "login": "acme", "html_url": "https://github.com/acme", "public_repos": 0}
    organization["total_private_repos"] = len(names)
    listed = [{"id": place, "full_name": name, "updated_at": ""} for place, name in enumerate(names, 1)]

    handbook = {"id": 1, "full_name": HANDBOOK, "owner": {"id": 1}, "fork": False, "created_at": "2024-03-01T09:00:00Z"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            match parts.path.split("/")[3:]:
                case ["orgs", "acme"]:
                    self._answer(organization)
                case ["orgs", "acme", "repos"]:
                    more = page * 100 < len(listed)
                    self._answer(listed[(page - 1) * 100 : page * 100], {"Link": '<x>; rel="next"'} if more else {})
                case ["repos", owner, name] if f"{owner}/{name}" == HANDBOOK:
                    self._answer(handbook)
                case ["search", "commits"]:
                    made = {who: {"date": handbook["created_at"]} for who in ("author", "committer")}
                    items = [{"sha": SHARED_ROOT, "commit": made, "repository": handbook}]
                    self._answer({"total_count": 1, "incomplete_results": False, "items": items})
                case ["repos", owner, name] if f"{owner}/{name}" in PUBLIC:
                    self._answer({"id": 2**31, "full_name": f"{owner}/{name}", "owner": {"id": 2}})
                case _:
                    self._answer({"message": "Not Found"}, status=404)

        def _answer(self, content: object, headers: dict[str, str] | None = None, status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
