"""SSH host aliases, with the real ssh."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from whence_hook.flush import ssh
from whence_hook.flush.ssh import ssh_hostname

Configure = Callable[[str], None]


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it-ran"


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Give the account an ssh configuration."""
    config, program = tmp_path / ".ssh" / "config", tmp_path / "bin" / "ssh"
    config.parent.mkdir()
    program.parent.mkdir()
    # ssh reads the configuration of the account's home directory, whatever HOME says.
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F "{config}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(ssh, "_home", lambda: str(tmp_path))

    def write(text: str) -> None:
        config.write_text(text)
        ssh_hostname.cache_clear()
        ssh._read_configuration.cache_clear()

    return write


def test_an_alias_is_resolved_as_ssh_does(configure: Configure) -> None:
    configure("Host github-work\n\tHostName ssh.github.com\n\tPort 443\n")
    assert (ssh_hostname("github-work"), ssh_hostname("gitlab.com")) == ("ssh.github.com", "gitlab.com")


@pytest.mark.parametrize("line", ['Match exec "touch {}"', 'match host=* Exec="touch {}"', 'Match !exec "touch {}"'])
def test_a_host_that_only_a_repository_names_runs_no_match_exec(configure: Configure, marker: Path, line: str) -> None:
    text = line.format(marker) + "\n\tPort 443\nHost *\n\tUser git\nHost github-work\n\tHostName github.com\n"
    configure(text)
    os.system("ssh -G attacker.example >/dev/null")  # noqa: S605
    assert marker.exists(), "the attack does not work any more"
    marker.unlink()
    assert ssh_hostname("attacker.example") == "attacker.example"
    assert not marker.exists()
    assert ssh_hostname("github-work") == "github.com"


def test_a_match_exec_in_an_included_file_counts(configure: Configure, marker: Path, tmp_path: Path) -> None:
    (tmp_path / ".ssh" / "more").write_text(f'Match exec "touch {marker}"\n\tPort 443\n')
    configure(f"Include {tmp_path}/.ssh/m*\n")
    assert ssh_hostname("attacker.example") == "attacker.example"
    assert not marker.exists()


@pytest.mark.parametrize(
    ("host", "named"),
    [("work", True), ("git.acme", True), ("ci.acme", False), ("other", False), ("acme", False), ("x", False)],
)
def test_a_host_line_names_what_its_patterns_say(configure: Configure, host: str, named: bool) -> None:
    configure('Host work "*.acme" !ci.acme\nHost=? *\n\tHostName real.example\nMatch exec true\n')
    assert (ssh_hostname(host) == "real.example") == named


@pytest.mark.parametrize("host", ["-oProxyCommand=touch it-ran", "-V", "-G"])
def test_a_name_that_begins_like_an_option_is_not_passed_on(configure: Configure, host: str) -> None:
    configure("Host *\n\tHostName real.example\n")
    assert ssh_hostname(host) == host
