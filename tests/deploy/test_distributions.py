"""The distributions that go to the package index."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from packaging.metadata import Metadata

from whence_contract import __version__

ROOT = Path(__file__).parents[2]


def build(source: Path, folder: Path, target: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), "--target", target]
    subprocess.run(command, cwd=source, check=True, capture_output=True, env={"SOURCE_DATE_EPOCH": "1580601600"})
    (built,) = folder.iterdir()
    return built


def test_the_wheel_is_the_same_from_the_clone_and_from_the_sdist(tmp_path: Path) -> None:
    sdist = build(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    wheel = build(ROOT, tmp_path / "one", "wheel")
    assert build(unpacked, tmp_path / "two", "wheel").read_bytes() == wheel.read_bytes()
    assert wheel.name == f"whence_spend-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        raw = archive.read(f"whence_spend-{__version__}.dist-info/METADATA")
    metadata = Metadata.from_email(raw, validate=True)
    assert metadata.name == "whence-spend"
    assert metadata.description_content_type == "text/markdown"
