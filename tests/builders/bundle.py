"""The bundle for machines without a package index, as an administrator builds it."""

import os
import subprocess
from pathlib import Path

import pytest

from builders.shared import shared

CLONE = Path(__file__).parents[2]


def make_bundle(folder: Path) -> None:
    """Build ``whence.tar.gz`` in a folder, and leave what it holds beside it."""
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    subprocess.run(["sh", str(CLONE / "deploy/mdm/bundle.sh"), str(folder)], check=True, env=environment)


def shared_bundle(temporary: pytest.TempPathFactory) -> Path:
    """Return the folder with this run's ``whence.tar.gz``, and with its content in ``whence``. Only read it."""
    return shared(temporary, "bundle", make_bundle)
