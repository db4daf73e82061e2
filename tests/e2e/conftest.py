"""Fixtures for the tests of installers."""

import os
import sys
import tarfile
from pathlib import Path

import pytest

from builders.bundle import shared_bundle
from builders.shared import shared


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of ``whence.tar.gz``."""
    return shared_bundle(tmp_path_factory) / "whence"


@pytest.fixture(scope="session")
def relocatable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' Python in the layout of python-build-standalone's "install_only" archives."""
    return shared(tmp_path_factory, "python", _pack_python) / "python.tar.gz"


def _pack_python(folder: Path) -> None:
    archive = folder / "python.tar.gz"
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
