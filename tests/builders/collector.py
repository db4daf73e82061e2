"""The real OpenTelemetry Collector, run with a shipped configuration."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from builders.ledger import free_port

ROOT = Path(__file__).parents[2]
COLLECTOR = ROOT / ".collector" / "otelcol"
TOKEN = "collector-token"
# Its own metrics would listen on a fixed port.
_QUIET = "service: {telemetry: {metrics: {level: none}}}"


class Collector(NamedTuple):
    """``url``: where it listens. ``process``: the running program."""

    url: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """Kill it, as a power failure would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_collector(
    configuration: Path, folder: Path, more: str = "", port: int = 0, /, **environment: str
) -> Iterator[Collector]:
    """Run a Collector until the block ends. Only addresses and the queue's folder in ``configuration`` are changed; one
    that is started again in the same ``folder`` has the former one's queue. ``more``: a second configuration, merged
    over the first. Its log is ``collector.log`` in ``folder``."""
    port = port or free_port()
    text = configuration.read_text().replace("0.0.0.0:4318", f"127.0.0.1:{port}")
    (folder / "collector.yaml").write_text(text.replace("/var/lib/otelcol/queue", str(folder / "queue")))
    (folder / "quiet.yaml").write_text(_QUIET)
    (folder / "more.yaml").write_text(more)
    command = [str(COLLECTOR), *(f"--config={folder}/{name}.yaml" for name in ("collector", "quiet", "more"))]
    clean = {"PATH": os.defpath, "WHENCE_INGEST_TOKEN": TOKEN} | environment
    with (folder / "collector.log").open("ab") as log, subprocess.Popen(command, env=clean, stderr=log) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(url, process, folder)
            yield Collector(url, process)
        finally:
            process.terminate()
            process.wait(timeout=120)


def _wait_until_it_answers(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "collector.log").read_text()
        try:
            httpx.post(f"{url}/v1/logs")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the Collector does not answer")
