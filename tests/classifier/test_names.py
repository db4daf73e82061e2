"""Names from anywhere, one a line."""

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
    found = [one.repository.key for one in read_names(str(path), "https://github.com")]
    assert found == ["github.com/acme/api", "gitlab.com/a/b/c", "git.acme.example/tools/build", "local/notes"]
    assert read_names(str(path), "https://ghe.acme.example")[0].repository.host == "ghe.acme.example"


@pytest.mark.parametrize("line", ["api", "../../etc/passwd", "a/b\x00c"])
def test_a_line_that_names_no_repository_is_pointed_at(tmp_path: Path, line: str) -> None:
    path = tmp_path / "names"
    path.write_text(f"acme/api\n{line}\n")
    with pytest.raises(ClassifierError, match="line 2"):
        read_names(str(path), "https://github.com")
    with pytest.raises(ClassifierError, match="cannot be read"):
        read_names(str(tmp_path / "nowhere"), "https://github.com")
