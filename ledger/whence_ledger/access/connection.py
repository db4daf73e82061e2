"""Limit connections: time out slow clients, and drop connections when there are too many.

uvicorn waits forever for a request that has begun, and accepts any number of connections.
"""

import asyncio
import sys
from collections import OrderedDict, defaultdict
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_CONNECTIONS = 4_096
CHECK_SECONDS = 10
SLOW_SECONDS, SLOW_BYTES = 20, 4_096
"""A request older than ``SLOW_SECONDS`` must send this many bytes between two checks."""
STUCK_SECONDS = 60
"""How long a client may read none of its response."""
MAX_HEAD_BYTES = 64 * 1024
MAX_UNREAD_BYTES = 16 * 1024 * 1024
"""How many bytes a client may send after its request was answered. Closing the connection earlier would lose the
response."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Crowd:
    """The connections that are waiting for their clients, by address."""

    def __init__(self, limit: int = MAX_CONNECTIONS) -> None:
        self.limit = limit
        self._waiting: defaultdict[str, OrderedDict[Connection, None]] = defaultdict(OrderedDict)

    def wait(self, connection: "Connection") -> None:
        """Mark a connection as waiting for its client."""
        self._waiting[connection.address][connection] = None

    def leave(self, connection: "Connection") -> None:
        """Mark a connection as no longer waiting."""
        waiting = self._waiting[connection.address]
        waiting.pop(connection, None)
        if not waiting:
            del self._waiting[connection.address]

    def longest(self) -> "Connection | None":
        """Return the connection that has waited longest, of the address with the most waiting connections."""
        waiting = max(self._waiting.values(), key=len, default=None)
        return next(iter(waiting)) if waiting else None


class Connection(HttpToolsProtocol):
    """One connection. ``crowd``: shared by all connections of a server."""

    crowd: ClassVar[Crowd] = Crowd()
    address: str = ""
    _check: asyncio.TimerHandle | None = None
    _begun: float | None = None  # When the client began to send the request that is not complete yet.
    _is_head = True
    _head = _received = _unread = _unsent = _stuck = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Register the connection; drop the longest waiting one if there are too many."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._begun = self.loop.time()
        self.crowd.wait(self)
        self._check = self.loop.call_later(CHECK_SECONDS, self._check_pace)
        if len(self.connections) > self.crowd.limit and (other := self.crowd.longest()):
            other.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Unregister the connection."""
        self._forget()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol, which has its own timeouts."""
        self._forget()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Receive data; refuse too large a head and too much data after a response."""
        self._received += len(data)
        if self._is_head:
            self._head += len(data)
        elif self.cycle and self.cycle.response_complete:
            self._unread += len(data)
        if self._unread > MAX_UNREAD_BYTES:
            self.transport.abort()
            return
        super().data_received(data)
        if self._is_head and self._head > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Start the time limit of a request."""
        super().on_message_begin()
        if self._begun is None:
            self._begun = self.loop.time()
        self._is_head, self._head, self._unread = True, 0, 0

    def on_headers_complete(self) -> None:
        """Note that the head is complete."""
        self._is_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that the request is complete: from now on the client waits for us."""
        super().on_message_complete()
        self._begun, self._is_head = None, True
        self._head = 0
        self.crowd.leave(self)

    def on_response_complete(self) -> None:
        """Note that the request is answered: from now on we wait for the client."""
        super().on_response_complete()
        if not self.transport.is_closing():
            self.crowd.wait(self)

    def _check_pace(self) -> None:
        is_old = self._begun is not None and self.loop.time() - self._begun >= SLOW_SECONDS
        is_slow = is_old and not self.flow.read_paused and self._received < SLOW_BYTES
        unsent = self.transport.get_write_buffer_size()
        self._stuck = self._stuck + 1 if unsent and unsent == self._unsent else 0
        if is_slow or self._stuck * CHECK_SECONDS >= STUCK_SECONDS:
            self.transport.abort()
            return
        self._received, self._unsent = 0, unsent
        self._check = self.loop.call_later(CHECK_SECONDS, self._check_pace)

    def _forget(self) -> None:
        self.crowd.leave(self)
        if self._check:
            self._check.cancel()


def limited_connections() -> type[Connection]:
    """Return the protocol class for one server, with the connection limit of this process."""
    return type("LimitedConnection", (Connection,), {"crowd": Crowd(_connections())})


def _connections() -> int:
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    # The module exists only on systems with this limit.
    import resource  # noqa: PLC0415

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MAX_CONNECTIONS * 2 if hard == resource.RLIM_INFINITY else min(MAX_CONNECTIONS * 2, hard)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    # Leave the rest for the ledger's files and its outgoing connections.
    return min(MAX_CONNECTIONS, max(soft, files) * 3 // 4)
