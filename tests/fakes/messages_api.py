"""A Messages API on loopback that plays scripts, so that the real Claude Code client can be run without a model.

A prompt that contains ``SCRIPT:name`` plays the script of that name: one list of tool calls per turn, after which the
assistant says "Done." and stops. The turn is the number of assistant messages since the last such prompt, so the server
keeps no state of them and any number of sessions may run at once. Streaming format: https://docs.anthropic.com/en/api/messages-streaming
"""

import json
import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class ToolCall(NamedTuple):
    """One scripted ``tool_use`` block."""

    name: str
    input: Mapping[str, Any]


class Turn(NamedTuple):
    """One answer of a script: its calls, its usage besides ``USAGE``, and whether the API is overloaded at the first
    request for it."""

    calls: Sequence[ToolCall] = ()
    usage: Mapping[str, int] = {}
    overloaded: bool = False


Script = Sequence[Sequence[ToolCall] | Turn]


class Answer(NamedTuple):
    """An answer that was sent. ``script``: empty if none was played."""

    request_id: str
    script: str
    calls: Sequence[ToolCall]


USAGE = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 2000,
    "cache_read_input_tokens": 5000,
    "output_tokens": 300,
}


_NAME = re.compile(r"SCRIPT:([\w-]+)")
_OVERLOADED = b'{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}'


@contextmanager
def messages_api(
    scripts: Mapping[str, Script],
    delay: float = 0.0,
    offered: set[str] | None = None,
    answers: list[Answer] | None = None,
) -> Iterator[str]:
    """Serve ``scripts`` until the block ends, each answer after ``delay`` seconds; yield the base URL.

    ``offered`` gets the names of the tools that clients offer to the model, ``answers`` each answer.
    """
    refused: set[tuple[str, int]] = set()

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
            name, number, turn = _turn(request, scripts)
            if turn.overloaded and (name, number) not in refused:
                refused.add((name, number))
                self._send("application/json", _OVERLOADED, status=529)
                return
            request_id = f"req_{uuid.uuid4().hex[:20]}"
            if answers is not None:
                answers.append(Answer(request_id, name, turn.calls))
            events = _answer(request, turn)
            stream = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
            self._send("text/event-stream", stream.encode(), request_id)

        def do_GET(self) -> None:
            self._send("application/json", b"{}")

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _send(self, content_type: str, body: bytes, request_id: str = "req_other", status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", request_id)
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


def _turn(request: dict[str, Any], scripts: Mapping[str, Script]) -> tuple[str, int, Turn]:
    """Return name, number and content of this turn; an empty turn if the request plays no script or the script is
    over."""
    name, number = "", 0
    for message in request["messages"]:
        named = _NAME.findall(_said(message)) if message["role"] == "user" else []
        if named:
            name, number = named[-1], 0
        number += message["role"] == "assistant"
    if not name or not request.get("tools") or number >= len(scripts[name]):
        return name, number, Turn()
    turn = scripts[name][number]
    return name, number, turn if isinstance(turn, Turn) else Turn(turn)


def _said(message: dict[str, Any]) -> str:
    """Return the text of a user's message, without tool results."""
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return " ".join(block["text"] for block in blocks if block["type"] == "text")


def _answer(request: dict[str, Any], turn: Turn) -> Iterator[dict[str, Any]]:
    calls, usage = turn.calls, USAGE | dict(turn.usage)
    message = {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": request["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage | {"output_tokens": 1},
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
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}
