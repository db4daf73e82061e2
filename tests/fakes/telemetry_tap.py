"""An OTLP receiver that forwards requests to a ledger or a Collector unchanged, and records their events."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest


class Tap(NamedTuple):
    """``url``: where it listens. ``bodies``: path and plain body of each request."""

    url: str
    bodies: list[tuple[str, bytes]]

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the attributes of all events of that name, in order of time."""
        requests = [ExportLogsServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/logs"]
        records = [r for q in requests for rl in q.resource_logs for sl in rl.scope_logs for r in sl.log_records]
        records.sort(key=lambda record: record.time_unix_nano)
        events = [{pair.key: _plain(pair.value) for pair in record.attributes} for record in records]
        return [event for event in events if event.get("event.name") == name]


def _plain(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")


@contextmanager
def telemetry_tap(ledger: str) -> Iterator[Tap]:
    """Serve until the block ends. ``ledger``: the address that requests are forwarded to."""
    bodies: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            plain = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            bodies.append((self.path, plain))
            kept = {name: self.headers[name] for name in ("Content-Type", "Authorization") if name in self.headers}
            answer = httpx.post(ledger + self.path, content=plain, headers=kept, timeout=120)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def _body(self) -> bytes:
            if self.headers["Content-Length"]:
                return self.rfile.read(int(self.headers["Content-Length"]))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Tap(f"http://127.0.0.1:{server.server_port}", bodies)
    finally:
        server.shutdown()
        server.server_close()
