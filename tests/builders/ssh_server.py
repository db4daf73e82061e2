"""An SSH server on loopback, for a computer's users."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from builders.computer import REPOSITORY, Computer
from builders.ledger import free_port

_UNPACKED = REPOSITORY / ".openssh"


class Connection(NamedTuple):
    """``client``: the command that logs in as a user, up to the user's name."""

    client: Sequence[str]

    def run(self, user: str, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a command as ``ssh`` does: in the user's login shell, without the environment of this side."""
        with self.start(user, command, *options) as process:
            output, errors = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(self, user: str, command: str, *options: str) -> "subprocess.Popen[str]":
        """Begin to run a command."""
        return subprocess.Popen(
            [*self.client, *options, f"{user}@127.0.0.1", command],
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def ssh_server(one: Computer, folder: Path, *users: str) -> Iterator[Connection]:
    """Serve until the block ends; yield a connection whose key ``users`` accept."""
    port, key, host = free_port(), folder / "key", folder / "host"
    for file in (key, host):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    for user in users:
        one.shell(f"umask 077 && mkdir -p ~/.ssh && echo '{public}' > ~/.ssh/authorized_keys", user)
        # Without a password, but not locked.
        one.shell(f"/usr/sbin/usermod --password '*' {user}")
    one.shell(
        "id sshd || /usr/sbin/useradd --system --home-dir /run/sshd --shell /usr/sbin/nologin sshd; mkdir -p /run/sshd"
    )
    one.shell(f"umask 077 && cat > /root/host <<'END'\n{host.read_text()}END")
    settings = {"HostKey": "/root/host", "ListenAddress": f"127.0.0.1:{port}", "UsePAM": "no", "PidFile": "none"}
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    sshd = "/mnt/source/.openssh/usr/sbin/sshd" if _UNPACKED.exists() else "/usr/sbin/sshd"
    libraries = ":".join(str(path.parent) for path in _UNPACKED.rglob("libwrap.so.0"))
    enter = ["nsenter", f"--mount=/proc/{one.process}/ns/mnt", "--wd=/"]
    with subprocess.Popen(
        [*enter, sshd, "-D", "-e", "-f", "/dev/null", *options],
        env={"PATH": os.defpath, "LD_LIBRARY_PATH": libraries.replace(str(REPOSITORY), "/mnt/source")},
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stderr is not None
            assert b"listening" in process.stderr.readline()
            unknown = ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR"]
            yield Connection(["ssh", "-F", "none", "-i", str(key), "-p", str(port), *unknown])
        finally:
            process.terminate()
