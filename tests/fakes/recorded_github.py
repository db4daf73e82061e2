"""Recorded answers of the real GitHub (npm's ``@octokit/fixtures``), served with their status, headers and body.

Like a gateway, it has another address than the one in the answers. ``tests/run`` fetches the answers.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

FOLDER = Path(__file__).parents[2] / ".octokit" / "fixtures" / "scenarios" / "api.github.com"
# Headers that apply to one connection only, or that are set again.
NOT_SENT = {"connection", "content-length", "transfer-encoding", "content-encoding"}


class Recorded(NamedTuple):
    """One answer. ``path``: as requested, with its query."""

    verb: str
    path: str
    status: int
    headers: list[tuple[str, str]]
    body: Any


def recorded(scenario: str) -> list[Recorded]:
    """Return the answers of one scenario, in order."""
    file = FOLDER / scenario / "raw-fixture.json"
    assert file.exists(), f"{file} is missing: tests/run fetches it"
    return [
        Recorded(
            one["method"].upper(),
            one["path"],
            one["status"],
            list(zip(one["rawHeaders"][::2], one["rawHeaders"][1::2], strict=True)),
            one["response"],
        )
        for one in json.loads(file.read_text())
    ]


def scenarios() -> list[str]:
    """Return the names of all scenarios."""
    return sorted(path.name for path in FOLDER.iterdir())


@contextmanager
def replayed(*answers: Recorded) -> Iterator[str]:
    """Serve the answers under ``/api/v3``, by path without query, until the block ends; otherwise 404. Yield the
    address."""
    known = {(one.verb, urlsplit(one.path).path): one for one in reversed(answers)}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self) -> None:
            path = urlsplit(self.path).path.removeprefix("/api/v3")
            found = known.get((self.command, path), Recorded("GET", path, 404, [], {"message": "Not Found"}))
            text = json.dumps(found.body).encode()
            self.send_response_only(found.status)
            for name, value in found.headers:
                if name.lower() not in NOT_SENT:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
