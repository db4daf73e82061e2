"""Overrides: manual labels, applied before every other rule."""

from pathlib import Path

import pytest

from whence_classifier.error import ClassifierError
from whence_classifier.overrides import read_overrides
from whence_contract.label import Label
from whence_contract.repository import Repository

FILE = """
[managed]
"acme-labs/*" = "Bought in March"
"git.acme.example/infra/?ools" = ""
[external]
"torvalds/linux" = "Kernel work"
"acme-labs/fork" = "Somebody else's"
"""


def test_a_name_goes_before_a_pattern_and_case_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text(FILE)
    overrides = read_overrides(path)

    def label(*parts: str) -> Label | None:
        found = overrides.find(Repository(*parts))
        return found.label if found else None

    assert label("github.com", "Acme-Labs", "API") is Label.MANAGED
    assert label("github.com", "acme-labs", "fork") is Label.UNMANAGED
    assert label("git.acme.example", "infra", "tools") is Label.MANAGED
    assert label("github.com", "torvalds", "linux") is Label.UNMANAGED
    assert label("gitlab.com", "torvalds", "linux") is None
    assert label("github.com", "evil-acme-labs", "x") is None
    assert label("github.com", "jane", "acme-labs") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[managed", "is not a TOML file"),
        ('[mine]\n"a/b" = ""', r"unknown table \[mine\]"),
        ("[managed]\nname = 1", "write the entries"),
        ('[managed]\n"*" = ""', "is not a repository"),
        ('[managed]\n"a/b" = ""\n[external]\n"A/B" = ""', "'a/b' twice"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text(content)
    with pytest.raises(ClassifierError, match=message):
        read_overrides(path)
    with pytest.raises(ClassifierError, match="cannot be read"):
        read_overrides(tmp_path / "nowhere.toml")


# As Notepad and PowerShell 5 write them, with Windows line endings.
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read_over(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "overrides.toml"
    path.write_bytes(FILE.replace("\n", "\r\n").encode(encoding))
    assert set(read_overrides(path).exact) == {"torvalds/linux", "acme-labs/fork"}


@pytest.mark.parametrize("content", [FILE.encode("utf-16-le"), b"[managed]\n\xff"])
def test_a_file_in_another_encoding_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "overrides.toml"
    path.write_bytes(content)
    with pytest.raises(ClassifierError, match="Save it as UTF-8"):
        read_overrides(path)
