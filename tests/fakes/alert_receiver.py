"""A receiver of alerts over real HTTP that refuses every other request and records those that it accepts."""

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Accepted(NamedTuple):
    """An accepted request. ``key``: its idempotency key."""

    path: str
    key: str
    body: Any


class Receiver(NamedTuple):
    """``attempts``: whether each request was accepted."""

    url: str
    accepted: list[Accepted]
    attempts: list[bool]


@contextmanager
def alert_receiver(fails: bool = True, refusal: int = 503) -> Iterator[Receiver]:
    """Run a receiver until the block ends. ``refusal``: the status of its refusals."""
    accepted: list[Accepted] = []
    attempts: list[bool] = []
    turns = itertools.count()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            good = not fails or next(turns) % 2 == 1
            attempts.append(good)
            if good:
                accepted.append(Accepted(self.path, self.headers["Idempotency-Key"], body))
            self.send_response(200 if good else refusal)
            if not good and 300 <= refusal < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Receiver(f"http://127.0.0.1:{server.server_port}", accepted, attempts)
    finally:
        server.shutdown()
        server.server_close()
