"""Credentials: from the environment or from files that nobody else can read."""

from pathlib import Path

import pytest

from whence_classifier.error import ClassifierError
from whence_classifier.github.credentials import App, authentication, credentials


def secret(path: Path, content: str = "ghp_secret\n", mode: int = 0o600) -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_token_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    assert credentials({"GITHUB_TOKEN": " ghp_a \n"}, None, None, None) == "ghp_a"
    assert credentials({}, secret(tmp_path / "token"), None, None) == "ghp_secret"
    assert credentials({}, secret(tmp_path / "token", mode=0o440), None, None) == "ghp_secret"


def test_an_app_is_an_id_and_the_file_of_its_key(tmp_path: Path) -> None:
    assert credentials({}, None, "7", secret(tmp_path / "key", "PEM")) == App("7", "PEM")


@pytest.mark.parametrize("mode", [0o604, 0o640 | 0o004, 0o666, 0o620])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ClassifierError, match="chmod 600"):
        credentials({}, secret(tmp_path / "token", mode=mode), None, None)


def test_what_is_no_secret_is_refused_without_showing_it(tmp_path: Path) -> None:
    cases = [
        ({}, None, None, None),
        ({}, tmp_path / "nowhere", None, None),
        ({}, secret(tmp_path / "empty", ""), None, None),
        ({"GITHUB_TOKEN": "hidden\r\nX-Injected: 1"}, None, None, None),
        ({}, None, "7", None),
        ({}, None, None, secret(tmp_path / "key")),
    ]
    for case in cases:
        with pytest.raises(ClassifierError) as raised:
            credentials(*case)
        assert "hidden" not in str(raised.value)
    with pytest.raises(ClassifierError, match="not a private key") as raised:
        authentication(App("7", "-----BEGIN RSA PRIVATE KEY-----\nhidden\n"))
    assert "hidden" not in str(raised.value)
    assert raised.value.__cause__ is None
