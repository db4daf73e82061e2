"""ClickHouse's HTTP interface in front of its own engine in this process, for clickhouse-connect and clickhouse-go.

https://clickhouse.com/docs/interfaces/http
"""

import gzip
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb
import lz4.frame

_NOT_SETTINGS = {
    "query",
    "database",
    "default_format",
    "query_id",
    "session_id",
    "client_protocol_version",
    "compress",
    "decompress",
    "wait_end_of_query",
}
LONGEST_FIELD = 131_072
"""The default of ``http_max_field_value_size``, for fields of the address and of forms."""


def _unpack_lz4(body: bytes) -> bytes:
    """Return the data of all frames: the client sends one for each 16,384 rows."""
    data = b""
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        data += frame.decompress(body)
        body = frame.unused_data or b""
    return data


_UNPACK: dict[str, Any] = {"gzip": gzip.decompress, "lz4": _unpack_lz4}


@contextmanager
def clickhouse_over_http(
    port: int = 0,
    settings: Mapping[str, object] | None = None,
    instead: Mapping[str, str] | None = None,
    handles: int = 1,
) -> Iterator[str]:
    """Run a server that answers from the engine until the block ends; yield its ``clickhouse://`` URL.

    ``settings``: of the engine, for every statement. ``instead``: what is run in the place of statements that match, so
    that the engine refuses it. Both may change meanwhile. ``handles``: how many statements run at once.
    """
    # Some versions of chdb have types, some have none.
    connect: Any = chdb.connect
    engines: SimpleQueue[Any] = SimpleQueue()
    for _ in range(handles):
        engines.put(connect(":memory:"))
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two packets; without this the second waits for the first to be acknowledged.
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self._body()
            if over.is_set():
                # A connection that is kept alive outlives the server's socket.
                self.close_connection = True
                return
            given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            kind = self.headers.get("Content-Type", "")
            if kind.startswith("multipart/form-data"):
                given, body = given | _form(kind, body), b""
            native = _native() if given.get("compress") == "1" else None
            try:
                if any(len(value) > LONGEST_FIELD for value in given.values()):
                    raise ValueError("Code: 1000. DB::Exception: Field value too long")
                engine = engines.get()
                try:
                    answer = _answer(engine, given, body, settings or {}, instead or {})
                finally:
                    engines.put(engine)
            except Exception as error:
                code = re.search(r"Code: (\d+)", str(error))
                self._send(500, str(error).encode(), native, {"X-ClickHouse-Exception-Code": code[1] if code else "1"})
            else:
                self._send(200, answer, native, {"X-ClickHouse-Timezone": "UTC"})

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

        def _send(self, status: int, body: bytes, native: ModuleType | None, headers: dict[str, str]) -> None:
            sent = native.pack(body) if native and body else body
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(sent))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

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


def _form(kind: str, body: bytes) -> dict[str, str]:
    """Return the fields of a form. The client sends long parameters as one."""
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    for part in form.walk():
        name, value = part.get_param("name", header="Content-Disposition"), part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields[name] = value.decode()
    return fields


def _answer(
    engine: Any, given: Mapping[str, str], body: bytes, always: Mapping[str, object], instead: Mapping[str, str]
) -> bytes:
    """Run the statement of a request, with its own database and settings, and return the result."""
    data = _native().unpack(body) if given.get("decompress") == "1" else body
    statement = given.get("query", "")
    if not statement:
        head, mark, rest = data.partition(b" FORMAT Native\n")
        statement, data = (head.decode(), rest) if mark and head.startswith(b"INSERT") else (data.decode(), b"")
    statement = next((other for form, other in instead.items() if re.fullmatch(form, statement, re.DOTALL)), statement)
    parameters = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
    settings = dict(always) | {
        name: value for name, value in given.items() if name not in _NOT_SETTINGS and not name.startswith("param_")
    }
    engine.query(f"USE `{given.get('database') or 'default'}`", "TabSeparated")
    try:
        for name, value in settings.items():
            engine.query(f"SET {name} = '{value}'", "TabSeparated")
        return _run(engine, statement, data, parameters, given.get("default_format", "TabSeparated"))
    finally:
        for name in settings:
            engine.query(f"SET {name} = DEFAULT", "TabSeparated")


def _run(engine: Any, statement: str, data: bytes, parameters: dict[str, str], kind: str) -> bytes:
    if data and statement.startswith("INSERT"):
        with tempfile.NamedTemporaryFile(suffix=".native") as file:
            file.write(data)
            file.flush()
            head, _, form = statement.partition(" FORMAT ")
            insert = f"{head} FROM INFILE '{file.name}' FORMAT {form.strip() or 'Native'}"
            engine.query(insert, "TabSeparated", params=parameters)
        return b""
    result = bytes(engine.query(statement, kind, params=parameters).bytes() or b"")
    return bytes(_native().of_revision(result)) if kind == "Native" else result


def _native() -> ModuleType:
    # Only the Collector needs it, and with it a package for its checksums.
    from fakes import clickhouse_native

    return clickhouse_native
