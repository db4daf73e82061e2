"""Names from any source, one per line."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from whence_classifier.error import ClassifierError
from whence_classifier.names import read_names


def test_every_way_to_write_a_repository_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_text(
        "acme/api\n# a comment\n\ngit@github.com:Acme/API.git  # the same\nhttps://u:p@gitlab.com/a/b/c.git\n"
        "git.acme.example/tools/build\nlocal/notes\n"
    )
    found = [one.repository.key for one in read_names(str(path), "github.com")]
    assert found == ["github.com/acme/api", "gitlab.com/a/b/c", "git.acme.example/tools/build", "local/notes"]
    assert read_names(str(path), "ghe.acme.example")[0].repository.host == "ghe.acme.example"


@pytest.mark.parametrize("line", ["api", "../../etc/passwd", "a/b\x00c"])
def test_a_line_that_names_no_repository_is_pointed_at(tmp_path: Path, line: str) -> None:
    path = tmp_path / "names"
    path.write_text(f"acme/api\n{line}\n")
    with pytest.raises(ClassifierError, match="line 2"):
        read_names(str(path), "github.com")
    with pytest.raises(ClassifierError, match="cannot be read"):
        read_names(str(tmp_path / "nowhere"), "github.com")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_read_over(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "names"
    # PowerShell 5 writes UTF-16 with ">", and UTF-8 with a byte order mark on request.
    path.write_bytes("acme/api\r\nacme/wäb\r\n".encode(encoding))
    assert [one.repository.name for one in read_names(str(path), "github.com")] == ["api", "wäb"]
    assert piped(path) == ["api", "wäb"]


def piped(path: Path) -> list[str]:
    code = "from whence_classifier.names import read_names; print([r.repository.name for r in read_names('-', 'x.y')])"
    with path.open("rb") as file:
        done = subprocess.run([sys.executable, "-c", code], stdin=file, capture_output=True, check=True)
    return list(ast.literal_eval(done.stdout.decode()))


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "names"
    for content in (b"acme/\xff\xfe", b"\xff\xfea", "acme/api".encode("utf-16-le"), "acme/api".encode("utf-16-be")):
        path.write_bytes(content)
        with pytest.raises(ClassifierError, match="names is not UTF-8 text"):
            read_names(str(path), "github.com")
