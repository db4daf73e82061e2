"""An OTLP receiver that records requests and answers as configured."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(NamedTuple):
    """``bodies``: path and body of each accepted request. ``authorizations``: of every request. ``statuses``: of the
    next answers, then 200. ``answers``: bodies of the next answers. ``faults``: ``hang``, ``close`` or ``half`` for the
    next requests, which are then not accepted."""

    url: str
    bodies: list[tuple[str, bytes]]
    authorizations: list[str | None]
    statuses: list[int]
    answers: list[bytes]
    faults: list[str]

    def spans(self) -> list[Span]:
        """Return all accepted spans, in order."""
        requests = [ExportTraceServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/traces"]
        return [span for r in requests for rs in r.resource_spans for ss in rs.scope_spans for span in ss.spans]

    def metrics(self) -> list[Metric]:
        """Return all accepted metrics, in order."""
        requests = [ExportMetricsServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/metrics"]
        return [m for r in requests for rm in r.resource_metrics for sm in rm.scope_metrics for m in sm.metrics]


def attributes(span: Span) -> dict[str, object]:
    """Return a span's attributes as plain values."""
    plain: dict[str, object] = {}
    for pair in span.attributes:
        kind = pair.value.WhichOneof("value") or ""
        value = getattr(pair.value, kind)
        plain[pair.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return plain


@contextmanager
def otlp_receiver() -> Iterator[Receiver]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.authorizations.append(self.headers["Authorization"])
            if receiver.faults:
                self._fail(receiver.faults.pop(0))
                return
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            if status == 200:
                plain = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
                receiver.bodies.append((self.path, plain))
            self.send_response(status)
            if status in {301, 302}:
                self.send_header("Location", "/sign-in")
            answer = receiver.answers.pop(0) if status == 200 and receiver.answers else b""
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(answer)

        def _fail(self, fault: str) -> None:
            self.close_connection = True
            if fault == "hang":
                time.sleep(15)
            if fault == "half":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}", [], [], [], [], [])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
