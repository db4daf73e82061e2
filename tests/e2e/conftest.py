"""Fixtures for the tests of installers."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of ``whence.tar.gz``."""
    folder = tmp_path_factory.mktemp("bundle")
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    subprocess.run(["sh", str(CLONE / "deploy/mdm/bundle.sh"), str(folder)], check=True, env=environment)
    return folder / "whence"


@pytest.fixture(scope="session")
def relocatable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' Python in the layout of python-build-standalone's "install_only" archives."""
    archive = tmp_path_factory.mktemp("python") / "python.tar.gz"
    base, name = Path(sys.base_prefix), f"python3.{sys.version_info[1]}"

    def wanted(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        left_out = {"site-packages", "dist-packages", "test", "tests", "__pycache__", "idlelib", "tkinter"}
        return None if left_out & set(member.name.split("/")) or "/config-" in member.name else member

    with tarfile.open(archive, "w:gz", compresslevel=1) as packed:
        packed.add(os.path.realpath(base / "bin" / name), f"python/bin/{name}")
        link = tarfile.TarInfo("python/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, name
        packed.addfile(link)
        packed.add(base / "lib" / name, f"python/lib/{name}", filter=wanted)
        for library in (base / "lib").glob("libpython3*.so*"):
            packed.add(library, f"python/lib/{library.name}")
    return archive
