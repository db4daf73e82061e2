"""A real Prometheus that accepts remote writes."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from builders.ledger import free_port

BINARIES = Path(__file__).parents[2] / ".prometheus" / "usr" / "bin"


@contextmanager
def running_prometheus(folder: Path, *arguments: str) -> Iterator[str]:
    """Run Prometheus until the block ends, with its data in ``folder``; yield its URL."""
    port = free_port()
    (folder / "none.yml").write_text("")
    command = [
        str(BINARIES / "prometheus"),
        f"--config.file={folder}/none.yml",
        f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
        *arguments,
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_it_is_ready(url, process)
            yield url
        finally:
            process.terminate()


def _wait_until_it_is_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "Prometheus ended"
        try:
            if httpx.get(f"{url}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Prometheus does not answer")
