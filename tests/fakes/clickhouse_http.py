"""ClickHouse's HTTP interface in front of its own engine in this process, for clickhouse-connect.

https://clickhouse.com/docs/interfaces/http
"""

import gzip
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

_NOT_SETTINGS = {
    "query",
    "database",
    "query_id",
    "session_id",
    "client_protocol_version",
    "compress",
    "wait_end_of_query",
}
_UNPACK: dict[str, Any] = {
    "gzip": gzip.decompress,
    "lz4": lz4.frame.decompress,
}


@contextmanager
def clickhouse_over_http(port: int = 0) -> Iterator[str]:
    """Run a server that answers from the engine until the block ends; yield its ``clickhouse://`` URL."""
    # Some versions of chdb have types, some have none.
    connect: Any = chdb.connect
    engine = connect(":memory:")
    lock, over = threading.Lock(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if over.is_set():
                # A connection that is kept alive outlives the server's socket.
                self.close_connection = True
                return
            given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            body = self._body()
            statement, data = given.get("query", ""), body
            if not statement:
                head, mark, data = body.partition(b" FORMAT Native\n")
                statement, data = (head.decode(), data) if mark and head.startswith(b"INSERT") else (body.decode(), b"")
            parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
            settings = {
                name: value
                for name, value in given.items()
                if name not in _NOT_SETTINGS and not name.startswith("param_")
            }
            try:
                with lock:
                    for name, value in settings.items():
                        engine.query(f"SET {name} = '{value}'", "TabSeparated")
                    answer = _run(engine, statement, data, parameters)
            except Exception as error:
                self._answer(500, str(error).encode(), {"X-ClickHouse-Exception-Code": "1"})
            else:
                self._answer(200, answer, {"X-ClickHouse-Timezone": "UTC"})

        do_GET = do_POST

        def _body(self) -> bytes:
            body = b""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            unpack = _UNPACK.get(self.headers.get("Content-Encoding", ""))
            return bytes(unpack(body)) if unpack else body

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"clickhouse://127.0.0.1:{server.server_port}/default"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _run(engine: Any, statement: str, data: bytes, parameters: dict[str, str]) -> bytes:
    if data and statement.startswith("INSERT"):
        with tempfile.NamedTemporaryFile(suffix=".native") as file:
            file.write(data)
            file.flush()
            head, _, kind = statement.partition(" FORMAT ")
            insert = f"{head} FROM INFILE '{file.name}' FORMAT {kind.strip() or 'Native'}"
            engine.query(insert, "TabSeparated", params=parameters)
        return b""
    result = engine.query(statement, "TabSeparated", params=parameters)
    return bytes(result.bytes() or b"")
