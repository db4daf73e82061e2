"""What a developer's machine does, on any system: install, record with many hooks at once, flush, doctor, uninstall.

Continuous integration runs it on Windows too, where most other tests do not run: ``python tests/smoke.py``. It uses a
home of its own and a receiver on loopback, and exits with 0 if all of it went well.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOOKS = 8
TOKEN = "smoke-token"
received: list[tuple[str, str, bytes]] = []


class Receiver(BaseHTTPRequestHandler):
    """An OTLP receiver that accepts everything."""

    def do_POST(self) -> None:
        """Remember path, authorization and body."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Run it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            smoke(Path(folder), f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()


def smoke(home: Path, endpoint: str) -> None:
    """Everything, in ``home``, against the receiver at ``endpoint``."""
    own = {"HOME": str(home), "USERPROFILE": str(home), "APPDATA": str(home / "r"), "LOCALAPPDATA": str(home / "l")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "WHENCE_"))} | own
    repository = home / "Source Code" / "api"
    repository.mkdir(parents=True)
    for arguments in (["init", "-q"], ["remote", "add", "origin", "git@github.com:acme/api.git"]):
        subprocess.run(["git", "-C", str(repository), *arguments], check=True, env=environment)
    settings = home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_bytes(b'{"model":   "opus"}\r\n')

    def whence(*arguments: str) -> str:
        command = [sys.executable, "-c", "from whence_cli.main import main; main()", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
        print(f"whence {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}", flush=True)
        return f"{done.returncode} {done.stdout}"

    assert whence("install", "--endpoint", endpoint, "--token", TOKEN).startswith("0 ")
    installed = json.loads(settings.read_text())
    entry = installed["hooks"]["PostToolUse"][0]["hooks"][0]
    # Hooks of many sessions and calls at once; some share a spool.
    events = [
        {
            "session_id": f"session-{number % 2}",
            "hook_event_name": "PostToolUse",
            "cwd": str(repository),
            "tool_name": "Write",
            "tool_use_id": f"toolu_{number}",
            "tool_input": {"file_path": str(repository / "a.txt"), "content": "one\r\n"},
            "tool_response": {},
        }
        for number in range(HOOKS)
    ]
    running = []
    for event in events:
        command = [entry["command"], *entry["args"]]
        hook = subprocess.Popen(command, env=environment, stdin=-1, stdout=-1, stderr=-1)
        running.append((hook, json.dumps(event).encode()))
    feeding = [threading.Thread(target=quiet, args=one) for one in running]
    for thread in feeding:
        thread.start()
    for thread in feeding:
        thread.join()
    assert [hook.returncode for hook, _ in running] == [0] * HOOKS
    deadline = time.monotonic() + 120
    while tools_received() != {f"toolu_{number}" for number in range(HOOKS)}:
        assert time.monotonic() < deadline, (tools_received(), [path for path, _, _ in received])
        whence("hook", "flush")
        time.sleep(0.5)
    assert {token for _, token, _ in received} == {f"Bearer {TOKEN}"}
    assert "Nothing waits." in whence("hook", "status")
    # As Claude Code does.
    helper = installed["otelHeadersHelper"]
    headers = subprocess.run(helper, env=environment, shell=True, capture_output=True, check=True)  # noqa: S602
    assert json.loads(headers.stdout) == {"Authorization": f"Bearer {TOKEN}"}
    told = whence("doctor")
    for line in ("ok    git", "ok    hook: registered once", "ok    telemetry", "ok    endpoint", "ok    spool"):
        assert line in told, line
    assert whence("uninstall").startswith("0 ")
    assert settings.read_bytes() == b'{"model":   "opus"}\r\n'
    print("All of it went well.")


def quiet(hook: "subprocess.Popen[bytes]", event: bytes) -> None:
    """Feed a hook; it prints nothing."""
    assert hook.communicate(event, timeout=120) == (b"", b"")


def tools_received() -> set[str]:
    """The ids of the tool calls in the spans that were received, each in one span only."""
    import gzip

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found: list[str] = []
    for path, _, body in received:
        if path == "/v1/traces":
            request = ExportTraceServiceRequest.FromString(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
            spans = [span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans]
            for span in spans:
                for attribute in span.attributes:
                    if attribute.key == "whence.tool_use_ids":
                        found += [value.string_value for value in attribute.value.array_value.values]
                    elif attribute.key == "vcs.repository.name":
                        assert attribute.value.string_value == "api"
    assert len(found) == len(set(found)), found
    return set(found)


if __name__ == "__main__":
    main()
