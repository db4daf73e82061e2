"""How long ``record`` takes, as a ratio to starting the same interpreter and doing nothing.

Run it: ``.venv/bin/python tests/bench/record.py``. Prints medians of alternating runs, beside the naive design (for
each event two git processes and one HTTP request with the usual library); fails above ``MAX_RATIO`` or when the naive
design is not ``MIN_NAIVE`` times slower. Other load on the machine can only increase the ratio, so it is measured up to
``TRIES`` times.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import whence_hook

RUNS = 30
TRIES = 3
MAX_RATIO = 1.5
MIN_NAIVE = 6.0
EVENTS = Path(__file__).parents[1] / "data" / "claude-code" / "hooks"
REGISTERED = ("SessionStart", "UserPromptSubmit", "PreToolUse-", "PostToolUse-", "PostToolUseFailure")

NAIVE = """
import json, subprocess, sys
import requests
event = json.load(sys.stdin)
def git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, text=True, cwd=sys.argv[2]).stdout.strip()
body = {"session": event["session_id"], "repository": git("remote", "get-url", "origin"), "branch": git("branch")}
requests.post(sys.argv[1], json=body, timeout=5)
"""


class Sink(BaseHTTPRequestHandler):
    """Accepts the requests of the naive design."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def seconds(command: list[str], stdin: bytes, home: str) -> float:
    """Return the wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, input=stdin, env={"HOME": home, "PATH": os.defpath}, check=True)
    return time.perf_counter() - begin


def large_event() -> bytes:
    """Return an edit of a file of 20 MB."""
    response = {"structuredPatch": [{"lines": ["+" + "x" * 60] * 250_000}], "originalFile": "y" * 4_000_000}
    event = json.loads((EVENTS / "12-PostToolUse-Edit.json").read_text())
    return json.dumps(event | {"tool_response": response}).encode()


def measure(server_port: int, home: str) -> bool:
    """Alternate between the three, event by event; return whether ``record`` is fast enough."""
    events = [path.read_bytes() for path in sorted(EVENTS.iterdir()) if any(name in path.name for name in REGISTERED)]
    state = Path(home, ".local", "state", "whence")
    state.mkdir(parents=True, exist_ok=True)
    nothing = [sys.executable, "-I", "-S", "-c", "pass"]
    record = [sys.executable, "-I", "-S", str(Path(whence_hook.__file__).with_name("__main__.py"))]
    naive = [sys.executable, "-I", "-c", NAIVE, f"http://127.0.0.1:{server_port}", home]
    runs = []
    for run in range(-2, RUNS):
        event = events[run % len(events)]
        # A new repository starts one flush, which would run during the measurement.
        (state / "early-flush").touch()
        (state / "running-flush").touch()
        runs.append((seconds(nothing, b"", home), seconds(record, event, home), seconds(naive, event, home)))
    base, recorded, naively = (statistics.median(times) for times in zip(*runs[2:], strict=True))
    large = statistics.median(seconds(record, large_event(), home) for _ in range(3))
    print(f"record: {recorded * 1000:.1f} ms, python -I -S -c pass: {base * 1000:.1f} ms, ratio {recorded / base:.2f}")
    print(f"naive design: {naively * 1000:.1f} ms, {naively / recorded:.1f} times record")
    print(f"record of a 20 MB event: {large * 1000:.0f} ms")
    return bool(recorded / base <= MAX_RATIO and naively / recorded >= MIN_NAIVE)


def main() -> int:
    """Measure until it is fast enough, at most ``TRIES`` times."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(["git", "init", "--quiet", home], check=True)
        if any(measure(server.server_port, home) for _ in range(TRIES)):
            return 0
    print(f"The ratio must be at most {MAX_RATIO}, the naive design {MIN_NAIVE} times slower.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
