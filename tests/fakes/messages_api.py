"""A Messages API on loopback that plays scripts, so that the real Claude Code client can be run without a model.

A prompt that contains ``SCRIPT:name`` plays the script of that name: one list of tool calls per turn, after which the
assistant says "Done." and stops. The turn is the number of assistant messages in the request, so the server keeps no
state and any number of sessions may run at once. Streaming format: https://docs.anthropic.com/en/api/messages-streaming
"""

import json
import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class ToolCall(NamedTuple):
    """One scripted ``tool_use`` block."""

    name: str
    input: Mapping[str, Any]


Script = list[list[ToolCall]]

USAGE = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 2000,
    "cache_read_input_tokens": 5000,
    "output_tokens": 300,
}


@contextmanager
def messages_api(scripts: Mapping[str, Script], delay: float = 0.0, offered: set[str] | None = None) -> Iterator[str]:
    """Serve ``scripts`` until the block ends, each answer after ``delay`` seconds; gives the base URL.

    ``offered`` gets the names of the tools that clients offer to the model.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
                self._send("application/json", b'{"input_tokens": 1}')
                return
            if offered is not None:
                offered.update(tool["name"] for tool in request.get("tools") or [])
            time.sleep(delay)
            events = _answer(request, _tool_calls(request, scripts))
            stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
            self._send("text/event-stream", stream.encode())

        def do_GET(self) -> None:
            self._send("application/json", b"{}")

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _send(self, content_type: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", f"req_{uuid.uuid4().hex[:20]}")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _tool_calls(request: dict[str, Any], scripts: Mapping[str, Script]) -> list[ToolCall]:
    """The calls of this turn; none for a request that plays no script or has played it to the end."""
    messages = request["messages"]
    named = re.search(r"SCRIPT:([\w-]+)", json.dumps(messages[0]))
    turn = sum(message["role"] == "assistant" for message in messages)
    if named is None or not request.get("tools") or turn >= len(scripts[named[1]]):
        return []
    return scripts[named[1]][turn]


def _answer(request: dict[str, Any], calls: list[ToolCall]) -> Iterator[dict[str, Any]]:
    message = {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE | {"output_tokens": 1},
    }
    yield {"type": "message_start", "message": message}
    if not calls:
        yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Done."}}
        yield {"type": "content_block_stop", "index": 0}
    for index, call in enumerate(calls):
        block = {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex[:24]}", "name": call.name, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call.input)}
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": USAGE["output_tokens"]}}
    yield {"type": "message_stop"}
