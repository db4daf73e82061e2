"""The spool: where it is, what may name a file in it, and that lines stay whole."""

import sys
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from whence_hook.machine import spool


@pytest.mark.parametrize(("platform", "directories"), [("linux", Unix), ("darwin", MacOS)])
def test_the_folder_is_the_one_platformdirs_would_choose(
    monkeypatch: pytest.MonkeyPatch, platform: str, directories: type[Unix | MacOS | Windows]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert spool.state_directory() == directories("whence", appauthor=False).user_state_dir


def test_xdg_state_home_is_honoured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert spool.spool_directory() == str(tmp_path / "whence" / "spool")


@pytest.mark.parametrize("value", ["a", "03da8d13-296d-4481-bf75-98836f009c72", "A_b-9", "a" * 128])
def test_an_id_of_letters_digits_and_dashes_may_name_a_file(value: str) -> None:
    assert spool.is_id(value)


@pytest.mark.parametrize("value", ["", ".", "..", "../x", "a/b", "a\\b", "a b", "é", "a\n", "a" * 129, None, 7])
def test_anything_else_may_not(value: object) -> None:
    assert not spool.is_id(value)


def test_a_half_line_costs_only_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    spool.append("s", b'{"one":1}')
    file = tmp_path / "whence" / "spool" / "s.jsonl"
    file.write_bytes(file.read_bytes() + b'\n{"hal')
    spool.append("s", b'{"two":2}')
    assert [line for line in file.read_bytes().split(b"\n") if line] == [b'{"one":1}', b'{"hal', b'{"two":2}']
