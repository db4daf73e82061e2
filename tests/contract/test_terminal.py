"""Names that would move the cursor, recolour the screen or reverse the text."""

import json

import pytest

from whence_contract.terminal import escaped, plain, plain_lines

HOSTILE = "a\x1b[2Jb\x9b31mc\u202ed\u2066e\u200ff\u200bg\x07h\x7fi\u2028j\U000e0041k"


def test_control_and_directional_characters_are_removed() -> None:
    assert plain(HOSTILE) == "a[2Jb31mcdefghi jk"


@pytest.mark.parametrize("name", ["acme/api", "äß漢字 עברית", "été", "🦊"])
def test_names_of_any_script_stay(name: str) -> None:
    assert plain(name) == name


def test_a_name_stays_on_its_line() -> None:
    assert plain("a\nb\tc\r") == "a b c "
    assert plain_lines("a\n\x1bb\n") == "a\nb\n"


def test_json_says_the_same_without_them() -> None:
    document = json.dumps({"name": HOSTILE}, ensure_ascii=False, indent=2)
    assert json.loads(escaped(document)) == {"name": HOSTILE}
    assert plain(escaped(document).replace("\n", "")) == escaped(document).replace("\n", "")
