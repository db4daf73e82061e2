"""What several tests of installers share."""

import os
import subprocess
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``whence.tar.gz`` holds."""
    folder = tmp_path_factory.mktemp("bundle")
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    subprocess.run(["sh", str(CLONE / "deploy/mdm/bundle.sh"), str(folder)], check=True, env=environment)
    return folder / "whence"
