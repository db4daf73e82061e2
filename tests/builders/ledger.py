"""A running ledger: the real server in a separate process, with its own port and folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from builders.command import COVERAGE, WHENCE, Process

JSON = {"Content-Type": "application/json"}


class Ledger(NamedTuple):
    """``url``: where it listens. ``data``: its folder. ``process``: the server's process id."""

    url: str
    data: Path
    process: int = 0

    @property
    def peak_memory(self) -> int:
        """Return the server's peak memory in bytes."""
        status = Path(f"/proc/{self.process}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def send(self, signal: str, body: bytes, **headers: str) -> httpx.Response:
        """Post an OTLP request, in JSON unless ``headers`` name another type."""
        return httpx.post(f"{self.url}/v1/{signal}", content=body, headers=JSON | headers, timeout=120)

    def accept(self, signal: str, *bodies: bytes) -> None:
        """Post requests that must be accepted completely."""
        for body in bodies:
            answer = self.send(signal, body)
            assert (answer.status_code, answer.json()) == (200, {}), answer.text

    def get(self, report: str, **parameters: Any) -> Any:
        """Return a report from the API."""
        answer = httpx.get(f"{self.url}/api/v1/{report}", params=parameters, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def kill(self) -> None:
        """Kill the server, as a power failure would."""
        os.kill(self.process, signal.SIGKILL)

    def label(self, **labels: str) -> None:
        """Store labels, as ``whence classify`` does. Keys: ``host/owner/name``."""
        items = [{"repository": key, "label": label, "reason": "test"} for key, label in labels.items()]
        body = {"organizations": ["acme"], "labels": items}
        assert httpx.put(f"{self.url}/api/v1/labels", json=body, timeout=120).status_code == 200

    def costs(self, **parameters: Any) -> dict[str | None, float]:
        """Return the cost of each repository, from the repositories report."""
        return {row["repository"]: row["cost_usd"] for row in self.get("repositories", **parameters)}


@contextmanager
def running_ledger(data: Path, *arguments: str, under: Sequence[str] = (), **environment: str) -> Iterator[Ledger]:
    """Run ``whence serve`` until the block ends. ``under``: a program that executes it.

    Benchmarks run the installed program.
    """
    port = free_port()
    arguments = ("serve", "--port", str(port), "--data", str(data), *arguments)
    clean = {"PATH": os.defpath, "HOME": str(data.parent)} | COVERAGE | environment
    process = (
        subprocess.Popen([*under, *WHENCE, *arguments], env=clean, stdout=subprocess.DEVNULL)
        if under or COVERAGE or "pytest" not in sys.modules
        else Process(arguments, clean)
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(url, process)
        yield Ledger(url, data, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=120)


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes] | Process") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "whence serve ended"
        try:
            httpx.post(f"{url}/v1/ready")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("whence serve does not answer")
