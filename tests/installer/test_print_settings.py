"""``whence settings``: managed settings by other ways than files."""

import json
import plistlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from builders.machine import Machine

LEDGER = "https://whence.acme.example"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    return machine


def printed(machine: Machine, *arguments: str) -> dict[str, Any]:
    done = machine.whence("settings", "--endpoint", LEDGER, *arguments)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def test_the_hook_does_nothing_on_a_machine_without_it(machine: Machine) -> None:
    settings = printed(machine)
    commands = {group["hooks"][0]["command"] for groups in settings["hooks"].values() for group in groups}
    assert len(settings["hooks"]) == 9
    for command in commands:
        done = subprocess.run(["sh", "-c", command], input=b"{}", capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    helper = subprocess.run(["sh", "-c", settings["otelHeadersHelper"]], capture_output=True, check=True)
    assert json.loads(helper.stdout) == {}
    assert settings["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == LEDGER


def test_what_the_administrator_has_stays_and_printing_again_adds_nothing(machine: Machine, tmp_path: Path) -> None:
    theirs = {
        "model": "opus",
        "env": {"OTEL_LOGS_EXPORTER": "none"},
        "hooks": {"Stop": [{"hooks": [{"command": "x"}]}]},
    }
    given = tmp_path / "theirs.json"
    given.write_text(json.dumps(theirs))
    done = machine.whence("settings", "--endpoint", LEDGER, "--merge", str(given))
    merged = json.loads(done.stdout)
    assert (merged["model"], merged["hooks"]["Stop"][0]) == ("opus", {"hooks": [{"command": "x"}]})
    assert merged["env"]["OTEL_LOGS_EXPORTER"] == "none"
    assert "Kept OTEL_LOGS_EXPORTER=none" in done.stderr
    given.write_text(done.stdout)
    assert printed(machine, "--merge", str(given)) == merged


def test_no_token_is_in_them(machine: Machine) -> None:
    machine.whence("install", "--endpoint", LEDGER, "--token", "s3cret")
    for form in ("json", "profile", "registry"):
        done = machine.whence("settings", "--format", form)
        assert done.returncode == 0
        assert "s3cret" not in done.stdout
        assert LEDGER in done.stdout


def test_the_forms_for_macos_and_windows_hold_the_same(machine: Machine) -> None:
    wanted = printed(machine)
    profile = plistlib.loads(machine.whence("settings", "--endpoint", LEDGER, "--format", "profile").stdout.encode())
    (payload,) = profile["PayloadContent"]
    assert payload["PayloadType"] == "com.anthropic.claudecode"
    assert {name: value for name, value in payload.items() if not name.startswith("Payload")} == wanted
    registry = machine.whence("settings", "--endpoint", LEDGER, "--format", "registry").stdout
    line = next(line for line in registry.splitlines() if line.startswith('"Settings"='))
    value = json.loads(line.partition("=")[2])
    policy = json.loads(value)
    assert policy["env"] == wanted["env"]
    assert policy["hooks"].keys() == wanted["hooks"].keys()
    for groups in policy["hooks"].values():
        assert groups[0]["hooks"][0]["command"] == r"C:\Windows\System32\cmd.exe"
        # As libuv quotes for a program of Windows. cmd strips no quotes here: the first word has none.
        line = subprocess.list2cmdline(groups[0]["hooks"][0]["args"])
        python = r'"C:\Program Files\whence\environment\Scripts\python.exe"'
        hook = r'"C:\Program Files\whence\environment\Lib\site-packages\whence_hook\__main__.py"'
        assert line == f"/d /c if exist {python} {python} -I -S {hook} --site"
    assert policy["otelHeadersHelper"] == f"if exist {python} ({python} -I -m whence_hook.headers) else (echo {{}})"


def test_in_gits_shell_on_windows_the_hook_is_found_and_a_repository_cannot_be_it(
    machine: Machine, tmp_path: Path
) -> None:
    command = printed(machine)["hooks"]["Stop"][0]["hooks"][0]["command"]
    drive = tmp_path / "c"
    repository = tmp_path / "repository"
    for fake in (drive, repository / "C:", repository / "c"):
        python = fake / "Program Files" / "whence/environment/Scripts/python.exe"
        python.parent.mkdir(parents=True)
        python.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
        python.chmod(0o755)
    there, elsewhere = (
        subprocess.run(["sh", "-c", one], cwd=repository, capture_output=True, text=True, check=True).stdout
        for one in (command.replace("/c/Program", f"{drive}/Program"), command)
    )
    script = "C:/Program Files/whence/environment/Lib/site-packages/whence_hook/__main__.py"
    assert there == f"-I|-S|{script}|--site|"
    assert elsewhere == ""


@pytest.mark.parametrize("content", ["{", "[]", '{"hooks": 1}'])
def test_what_cannot_be_merged_is_refused(machine: Machine, tmp_path: Path, content: str) -> None:
    given = tmp_path / "theirs.json"
    given.write_text(content)
    done = machine.whence("settings", "--endpoint", LEDGER, "--merge", str(given))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(given) in done.stderr
