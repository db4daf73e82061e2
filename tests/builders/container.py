"""A container without a container engine: its own root, mounts and processes, which end together. Needs root, on Linux.

As ``docker run --read-only --user 1000 --cap-drop ALL --security-opt no-new-privileges --network host``.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

from builders.claude_code import CLAUDE, NEWEST_CLAUDE

REPOSITORY = Path(__file__).parents[2]
USER = 1000
_PROGRAMS = {"claude": CLAUDE, "newest": NEWEST_CLAUDE}


class Container(NamedTuple):
    """``root``: the image, unpacked. Both clients are in ``/opt``, and the user is ``dev``."""

    root: Path

    def build(self, script: str) -> str:
        """Run lines as root that must succeed and may change the image, as ``RUN`` in a Dockerfile; return their
        output."""
        return _succeed(["chroot", str(self.root), "sh", "-euc", script])

    def run(self, script: str, home: Path | None, **environment: str) -> str:
        """Run lines as ``dev`` that must succeed, in a new container from the image; return their output.

        ``home``: the volume with the home; without it, the home is a part of the image and cannot be written.
        """
        set_up = [
            f"mount --bind {self.root} {self.root}",
            f"mount -o remount,bind,ro {self.root}",
            f"cd {self.root}",
            "mount -t proc proc proc",
            "mount -t tmpfs -o mode=1777 tmpfs tmp",
            "mount --rbind /dev dev",
            f"mount --bind {home} home/dev" if home else ":",
            "mount --bind /usr/bin/git usr/bin/git",
            *(f"mount --bind {_binary(client)} opt/{name}" for name, client in _PROGRAMS.items()),
            f"exec chroot . setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs --bounding-set=-all"
            ' --inh-caps=-all sh -euc "$1"',
        ]
        namespaces = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
        return _succeed([*namespaces, "sh", "-euc", "\n".join(set_up), "sh", script], HOME="/home/dev", **environment)


def make_container(folder: Path) -> Container:
    """Unpack the new Debian that ``tests/run`` makes into a folder, and add git, the clients and the user."""
    subprocess.run(["tar", "--extract", "--file", str(REPOSITORY / ".debian/root.tar"), "-C", str(folder)], check=True)
    for place in ("usr/bin/git", *(f"opt/{name}" for name in _PROGRAMS)):
        (folder / place).touch()
    container = Container(folder)
    container.build(f"useradd --uid {USER} --create-home dev")
    return container


def _binary(client: Path) -> Path:
    return (client.parents[1] / "@anthropic-ai" / "claude-code" / "bin" / "claude.exe").resolve()


def _succeed(command: list[str], **environment: str) -> str:
    clean = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"} | environment
    done = subprocess.run(
        command, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
