"""TLS in front of a ledger: nginx with the project's configuration, and a private certificate authority."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from builders.ledger import Ledger, free_port

ROOT = Path(__file__).parents[2]
NGINX = ROOT / ".nginx" / "usr" / "sbin" / "nginx"


class Proxy(NamedTuple):
    """``url`` and ``grpc``: its addresses. ``authority``: the certificate of the authority that signed its
    certificate."""

    url: str
    authority: Path
    grpc: str


@contextmanager
def tls_proxy(ledger: Ledger, folder: Path, grpc_port: int = 4316) -> Iterator[Proxy]:
    """Run nginx until the block ends. ``grpc_port``: where the ledger receives over gRPC."""
    folder.mkdir()
    port, grpc = free_port(), free_port()
    certificate = _certificate(folder)
    site = "".join((ROOT / "deploy" / "ledger" / name).read_text() for name in ("nginx.conf", "nginx-grpc.conf"))
    for ours, theirs in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "whence.example.com": "localhost",
        "/etc/nginx/whence.crt": str(certificate),
        "/etc/nginx/whence.key": str(folder / "key.pem"),
        "server 127.0.0.1:4318": f"server {ledger.url.removeprefix('http://')}",
        "listen 4317 ssl": f"listen 127.0.0.1:{grpc} ssl",
        "server 127.0.0.1:4316": f"server 127.0.0.1:{grpc_port}",
    }.items():
        assert ours in site
        site = site.replace(ours, theirs)
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"user root; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    (folder / "nginx.conf").write_text(f"{head} http {{ access_log off; {places} {site} }}")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"https://localhost:{port}"
            _wait(url, process)
            yield Proxy(url, folder / "authority.pem", f"https://localhost:{grpc}")
        finally:
            process.terminate()
            process.wait(timeout=120)


def _certificate(folder: Path) -> Path:
    """Create a certificate for localhost, signed by a new authority."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("-nodes", "-newkey", "rsa:2048", "-days", "2")
    openssl("req", "-x509", *new, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=Acme Root")
    openssl("req", *new[:3], "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    signed = ("-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names")
    openssl("x509", "-req", "-in", "request.pem", "-out", "certificate.pem", "-days", "2", *signed)
    return folder / "certificate.pem"


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "nginx ended"
        try:
            httpx.get(url, verify=False)  # noqa: S501 it only has to answer
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")
