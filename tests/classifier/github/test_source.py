"""The TOML file with several GitHubs and credentials."""

from pathlib import Path

import pytest

from whence_classifier.error import ClassifierError
from whence_classifier.github.credentials import App
from whence_classifier.github.source import read_sources


@pytest.fixture
def path(tmp_path: Path) -> Path:
    for name in ("token", "app.pem"):
        (tmp_path / name).write_text(f"{name}-secret\n")
        (tmp_path / name).chmod(0o600)
    return tmp_path / "classify.toml"


def test_each_github_has_its_own_credentials(path: Path) -> None:
    path.write_text(
        """
        [[github]]
        organizations = ["acme", "labs"]
        short-codes = ["ACME"]
        token-file = "token"

        [[github]]
        url = "https://git.acme.example"
        enterprises = ["acme-group"]
        app-id = "7"
        app-key = "app.pem"

        [[github]]
        organizations = ["tools"]
        token-variable = "TOOLS_TOKEN"
        """
    )
    first, second, third = read_sources(path, {"TOOLS_TOKEN": "tools-secret", "GITHUB_TOKEN": "another"})
    assert (first.url, first.organizations, first.credentials) == (
        "https://github.com",
        ("acme", "labs"),
        "token-secret",
    )
    assert first.short_codes == {"acme"}
    assert (second.url, second.enterprises, second.credentials) == (
        "https://git.acme.example",
        ("acme-group",),
        App("7", "app.pem-secret"),
    )
    assert third.credentials == "tools-secret"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no"),
        ("github = 1", "has no"),
        ("[[github]]", "add organizations"),
        ("[[gitlab]]", "'gitlab'"),
        ('[[github]]\norganizations = "acme"', "write organizations ="),
        ('[[github]]\norganizations = ["acme"]\ntoken = "x"', "unknown key 'token'"),
        ('[[github]]\norganizations = ["acme"]', "GITHUB_TOKEN is not set"),
        ('[[github]]\norganizations = ["acme"]\ntoken-variable = "HERS"', "HERS is not set"),
        ('[[github]]\norganizations = ["acme"]\ntoken-file = "none"', "cannot be read"),
        ('[[github]]\norganizations = ["acme"]\ntoken-file = "token"\napp-id = "7"', "use only one of"),
        ('[[github]]\norganizations = ["acme"]\napp-id = "7"', "needs both"),
        ("[[github]", "is not a TOML file"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(path: Path, content: str, message: str) -> None:
    path.write_text(content)
    with pytest.raises(ClassifierError) as caught:
        read_sources(path, {})
    assert message in str(caught.value)
    assert str(path.parent) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_example_can_be_read_where_its_secrets_are(path: Path) -> None:
    example = (Path(__file__).parents[3] / "deploy" / "classifier" / "classify.toml").read_text()
    path.write_text(
        example.replace("/etc/whence/github-token", "token").replace("/etc/whence/github-app.pem", "app.pem")
    )
    sources = read_sources(path, {"GROUP_TOKEN": "group-secret"})
    assert [one.url for one in sources] == ["https://github.com", "https://git.acme.example", "https://github.com"]
