"""``uv.lock`` follows from ``pyproject.toml``, and the files of pins for pip follow from ``uv.lock``."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
GROUPS = PYPROJECT["dependency-groups"]
PINNED = {
    "requirements/laptop.txt": ["dependencies"],
    "requirements/server.txt": ["dependencies", "ledger", "classifier", "import", "clickhouse", "grpc"],
    "requirements/build.txt": ["build-system", "build"],
    "requirements/pip.txt": ["pip"],
    "requirements/floors.txt": ["floors"],
    "constraints.txt": ["dependencies", *EXTRAS, "build-system", *GROUPS],
}
INSTALLERS = {
    "install.sh",
    "deploy/ledger/Dockerfile",
    "deploy/mdm/bundle.sh",
    "docs/install/ledger.md",
    "tests/run",
    "tests/floors",
    ".github/workflows/release.yml",
}
"""Where pip installs from the files of pins."""
PUBLIC = re.compile(r"https://(pypi\.org/simple$|files\.pythonhosted\.org/packages/)")


def asked_for(name: str) -> list[Requirement]:
    """The requirements of an extra, a dependency group, the project itself or its build."""
    lines = EXTRAS | {
        "dependencies": PYPROJECT["project"]["dependencies"],
        "build-system": PYPROJECT["build-system"]["requires"],
        **{group: [line for line in listed if isinstance(line, str)] for group, listed in GROUPS.items()},
    }
    return [Requirement(line) for line in lines[name]]


def pins(file: str) -> Iterator[tuple[str, str]]:
    """Name and version of each package that a file pins; a name has several where platforms differ."""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            pinned = Requirement(line.removesuffix("\\"))
            (version,) = pinned.specifier
            assert version.operator == "=="
            yield canonicalize_name(pinned.name), version.version


def hashes(file: str) -> set[str]:
    """The hashes that a file accepts."""
    return set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", (ROOT / file).read_text(encoding="utf-8")))


def locked() -> list[dict[str, Any]]:
    """Every package of the lock, except the project itself."""
    return [package for package in LOCK["package"] if "registry" in package["source"]]


@pytest.mark.parametrize("file", PINNED)
def test_each_direct_dependency_is_pinned_at_a_version_that_satisfies_it(file: str) -> None:
    pinned = list(pins(file))
    for name in PINNED[file]:
        for requirement in asked_for(name):
            versions = [version for package, version in pinned if package == canonicalize_name(requirement.name)]
            assert versions, f"{requirement} ({name})"
            assert all(version in requirement.specifier for version in versions), f"{requirement} ({name}): {versions}"


def test_the_lock_was_made_from_the_requirements_of_this_project() -> None:
    (project,) = [package for package in LOCK["package"] if package["name"] == PYPROJECT["project"]["name"]]
    metadata = project["metadata"]
    assert set(metadata["provides-extras"]) == set(EXTRAS)
    for asked, in_lock in (
        (["dependencies", *EXTRAS], metadata["requires-dist"]),
        *(([group], metadata["requires-dev"][group]) for group in GROUPS if group != "dev"),
        (["dev", "build"], metadata["requires-dev"]["dev"]),
    ):
        expected = {(canonicalize_name(one.name), str(one.specifier)) for name in asked for one in asked_for(name)}
        assert {(one["name"], one.get("specifier", "")) for one in in_lock} == expected, "Run requirements/compile"


def test_the_pins_are_those_of_the_lock_and_each_file_accepts_only_its_hashes() -> None:
    assert set(pins("constraints.txt")) == {(package["name"], package["version"]) for package in locked()}
    known = set(re.findall(r"sha256:[0-9a-f]{64}", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    for file in PINNED:
        assert hashes(file) <= known, file


def test_the_lock_names_no_mirror() -> None:
    addresses = re.findall(r'(?:registry|url) = "([^"]+)"', (ROOT / "uv.lock").read_text(encoding="utf-8"))
    assert len(addresses) > len(locked())
    assert [address for address in addresses if not PUBLIC.match(address)] == []


def test_no_file_of_pins_is_left_out() -> None:
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "requirements").glob("*.txt")} < PINNED.keys()


@pytest.mark.parametrize("file", [name for name in PINNED if name != "constraints.txt"])
def test_every_file_pins_what_the_tests_run_with(file: str) -> None:
    assert set(pins(file)) <= set(pins("constraints.txt"))


@pytest.mark.parametrize("file", sorted(INSTALLERS))
def test_pip_resolves_nothing_that_is_pinned(file: str) -> None:
    """Some versions of pip take a newer release for ``name[extra]``, which has no hash, though an older is pinned."""
    commands = [line for line in (ROOT / file).read_text(encoding="utf-8").splitlines() if "--require-hashes" in line]
    assert commands
    assert [line for line in commands if "--no-deps" not in line] == []


@pytest.mark.parametrize("file", ["requirements/laptop.txt", "requirements/server.txt", "constraints.txt"])
def test_the_pins_are_all_that_is_needed(file: str) -> None:
    """Nothing else is installed beside them: each requirement of each package, on this system, is pinned."""
    pinned = dict(pins(file))
    for name in pinned:
        try:
            needed = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:
            continue  # For another system.
        for one in needed:
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                assert canonicalize_name(one.name) in pinned, f"{name} needs {one}"
