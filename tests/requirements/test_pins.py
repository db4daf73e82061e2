"""The pinned versions are those that pyproject.toml and the ``.in`` files ask for."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
PINNED = {
    "requirements/laptop.txt": ["dependencies"],
    "requirements/server.txt": ["dependencies", "ledger", "classifier", "import"],
    "requirements/build.txt": ["build-system", "build.in"],
    "requirements/pip.txt": ["pip.in"],
    "requirements/floors.txt": ["floors.in"],
    "constraints.txt": ["dependencies", *EXTRAS, "build-system", "build.in", "pip.in", "floors.in"],
}


def asked_for(group: str) -> list[Requirement]:
    if group == "dependencies":
        lines = PYPROJECT["project"]["dependencies"]
    elif group == "build-system":
        lines = PYPROJECT["build-system"]["requires"]
    elif group.endswith(".in"):
        lines = (ROOT / "requirements" / group).read_text(encoding="utf-8").splitlines()
    else:
        lines = EXTRAS[group]
    return [Requirement(line) for line in lines]


def pins(file: str) -> Iterator[tuple[str, str]]:
    """Name and version of each package that a file pins; a name has several where platforms differ."""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pinned = Requirement(line.removesuffix("\\"))
            (version,) = pinned.specifier
            assert version.operator == "=="
            yield canonicalize_name(pinned.name), version.version


@pytest.mark.parametrize("file", PINNED)
def test_each_direct_dependency_is_pinned_at_a_version_that_satisfies_it(file: str) -> None:
    pinned = list(pins(file))
    for group in PINNED[file]:
        for requirement in asked_for(group):
            versions = [version for name, version in pinned if name == canonicalize_name(requirement.name)]
            assert versions, f"{requirement} ({group})"
            assert all(version in requirement.specifier for version in versions), f"{requirement} ({group}): {versions}"


def test_no_file_of_pins_is_left_out() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*.txt")} < PINNED.keys()


@pytest.mark.parametrize("file", [name for name in PINNED if name != "constraints.txt"])
def test_every_file_pins_what_the_tests_run_with(file: str) -> None:
    assert set(pins(file)) <= set(pins("constraints.txt"))
