"""``whence install`` and ``whence uninstall``: settings changed with care and put back to the byte."""

import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from builders.machine import HOOK, Machine

ROOT = Path(__file__).parents[2]
EVENTS = {"SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure"}
EVENTS |= {"SubagentStop", "Stop", "SessionEnd"}

FOREIGN = {
    "model": "opus",
    "permissions": {"allow": ["Bash(ls)"], "deny": []},
    "hooks": {
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}],
        "PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "guard", "args": []}]}],
    },
    "env": {"EDITOR": "vi"},
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.settings.parent.mkdir(parents=True)
    return machine


def settings(machine: Machine) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(machine.settings.read_bytes())
    return parsed


def leftovers(machine: Machine) -> list[str]:
    return sorted(str(file.relative_to(machine.home)) for file in machine.home.rglob("*") if file.is_file())


def test_the_hook_is_registered_for_each_event_in_exec_form(machine: Machine) -> None:
    assert machine.whence("install").returncode == 0
    hooks = settings(machine)["hooks"]
    assert set(hooks) == EVENTS
    for event, groups in hooks.items():
        ((entry,),) = [group["hooks"] for group in groups]
        assert [entry["command"], *entry["args"]] == HOOK
        assert Path(entry["command"]).is_absolute()
        assert entry.get("async", False) == (event not in {"Stop", "SessionEnd"})
        assert ("matcher" in groups[0]) == (event.startswith(("PreToolUse", "PostToolUse", "Permission")))


def test_telemetry_goes_to_the_endpoint_as_deltas_with_the_token(machine: Machine) -> None:
    done = machine.whence("install", "--endpoint", "https://ledger.acme.example/", "--token", "s3cret")
    assert done.returncode == 0
    assert settings(machine)["env"] == {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://ledger.acme.example",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
        "OTEL_METRICS_INCLUDE_REPOSITORY": "1",
    }
    helper = settings(machine)["otelHeadersHelper"]
    told = subprocess.run(["sh", "-c", helper], env=machine.environment, capture_output=True, check=True).stdout
    assert json.loads(told) == {"Authorization": "Bearer s3cret"}
    # Settings are shown, shared and copied.
    assert "s3cret" not in machine.settings.read_text()
    assert json.loads(machine.config.read_text()) == {"endpoint": "https://ledger.acme.example", "token": "s3cret"}
    for file in (machine.config, machine.settings):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "s3cret" not in done.stdout + done.stderr


def test_what_others_wrote_stays(machine: Machine) -> None:
    machine.settings.write_text(json.dumps(FOREIGN))
    machine.whence("install")
    after = settings(machine)
    assert (after["model"], after["permissions"]) == (FOREIGN["model"], FOREIGN["permissions"])
    assert after["hooks"]["PreToolUse"][:-1] == FOREIGN["hooks"]["PreToolUse"]  # type: ignore[index]
    assert after["hooks"]["Stop"][0] == FOREIGN["hooks"]["Stop"][0]  # type: ignore[index]
    assert len(after["hooks"]["Stop"]) == 2
    assert after["env"]["EDITOR"] == "vi"


def test_telemetry_that_goes_elsewhere_is_kept_and_said(machine: Machine) -> None:
    machine.settings.write_text('{"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other:4318"}}')
    done = machine.whence("install")
    assert done.returncode == 0
    assert "Kept OTEL_EXPORTER_OTLP_ENDPOINT=http://other:4318" in done.stderr
    assert settings(machine)["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://other:4318"


def test_installing_again_changes_nothing(machine: Machine) -> None:
    machine.settings.write_text(json.dumps(FOREIGN))
    machine.whence("install", "--endpoint", "http://127.0.0.1:4999", "--token", "s3cret")
    before = machine.settings.read_bytes(), machine.config.read_bytes(), machine.settings.stat().st_mtime_ns
    assert machine.whence("install").returncode == 0
    assert (machine.settings.read_bytes(), machine.config.read_bytes(), machine.settings.stat().st_mtime_ns) == before


def test_a_new_endpoint_replaces_the_old_one_and_does_not_get_its_token(machine: Machine) -> None:
    machine.whence("install", "--endpoint", "http://127.0.0.1:4999", "--token", "s3cret")
    machine.whence("install", "--endpoint", "http://127.0.0.1:5000")
    assert settings(machine)["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:5000"
    assert "s3cret" not in machine.settings.read_text() + machine.config.read_text()
    assert all(len(groups) == 1 for groups in settings(machine)["hooks"].values())


def test_a_dry_run_shows_the_settings_and_changes_nothing(machine: Machine) -> None:
    done = machine.whence("install", "--dry-run")
    assert set(json.loads(done.stdout)["hooks"]) == EVENTS
    assert leftovers(machine) == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{}",
        b"{}\n",
        json.dumps(FOREIGN).encode(),
        json.dumps(FOREIGN, indent=4).encode() + b"\n",
        json.dumps(FOREIGN, indent="\t").encode(),
        b'{\r\n  "model": "opus",\r\n  "note": "caf\xc3\xa9"\r\n}\r\n',
        b'{ "a":1,\n      "hooks": {}, "env": {} }',
    ],
)
def test_uninstalling_gives_back_every_byte_and_leaves_no_trace(machine: Machine, content: bytes | None) -> None:
    if content is not None:
        machine.settings.write_bytes(content)
    assert machine.whence("install").returncode == 0
    assert machine.whence("install", "--endpoint", "http://127.0.0.1:4999").returncode == 0
    assert machine.whence("uninstall").returncode == 0
    assert (machine.settings.read_bytes() if machine.settings.exists() else None) == content
    assert leftovers(machine) == ([] if content is None else [".claude/settings.json"])


def test_uninstalling_gives_back_every_byte_of_every_account(machine: Machine) -> None:
    """``CLAUDE_CONFIG_DIR`` selects an account. ``uninstall`` does not need to know them."""
    before = {"work": b'{"model":   "opus"}', "home": b'{ "env": {} }', "new": None}
    for account, content in before.items():
        path = machine.home / account / "settings.json"
        path.parent.mkdir()
        if content is not None:
            path.write_bytes(content)
        folder = {"CLAUDE_CONFIG_DIR": str(path.parent)}
        assert machine.whence("install", **folder).returncode == 0
    # Again, in the account that was not the last.
    work = {"CLAUDE_CONFIG_DIR": str(machine.home / "work")}
    assert machine.whence("install", "--endpoint", "http://127.0.0.1:4999", **work).returncode == 0
    done = machine.whence("uninstall")
    assert (done.returncode, done.stdout.count("Removed whence from")) == (0, 3)
    assert leftovers(machine) == ["home/settings.json", "work/settings.json"]
    for account in ("work", "home"):
        assert (machine.home / account / "settings.json").read_bytes() == before[account]


def test_an_account_that_cannot_be_restored_does_not_keep_the_others_from_it(machine: Machine) -> None:
    other = machine.home / "other" / "settings.json"
    other.parent.mkdir()
    other.write_text('{"model":   "opus"}')
    assert machine.whence("install").returncode == 0
    assert machine.whence("install", CLAUDE_CONFIG_DIR=str(other.parent)).returncode == 0
    good = machine.settings.read_bytes()
    machine.settings.write_bytes(good + b"// mine")
    done = machine.whence("uninstall")
    assert (done.returncode, f"{machine.settings} still names whence" in done.stderr) == (3, True)
    assert other.read_text() == '{"model":   "opus"}'
    # What is left can be undone when it is mended.
    machine.settings.write_bytes(good)
    assert machine.whence("uninstall").returncode == 0
    assert leftovers(machine) == ["other/settings.json"]


def test_uninstalling_keeps_what_others_changed_since(machine: Machine) -> None:
    machine.settings.write_text(json.dumps({"model": "opus"}))
    machine.whence("install")
    changed = settings(machine)
    changed["model"] = "haiku"
    changed["hooks"]["Stop"].append({"hooks": [{"type": "command", "command": "say done"}]})
    changed["env"]["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://other:4318"
    machine.settings.write_text(json.dumps(changed))
    assert machine.whence("uninstall").returncode == 0
    assert settings(machine) == {
        "model": "haiku",
        "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]},
        "env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://other:4318"},
    }


def test_uninstalling_where_nothing_is_installed_changes_nothing(machine: Machine) -> None:
    machine.settings.write_text('{"model":   "opus"}')
    done = machine.whence("uninstall")
    assert (done.returncode, "was not in" in done.stdout) == (0, True)
    assert machine.settings.read_text() == '{"model":   "opus"}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not JSON"),
        (b'{"a": 1,}', "is not JSON"),
        (b'{\n  // mine\n  "a": 1\n}', "is not JSON: Expecting property name enclosed in double quotes at line 2"),
        (b"[]", "does not contain a JSON object"),
        (b'{"hooks": []}', "'hooks' is not an object"),
        (b'{"hooks": {"Stop": {}}}', "'hooks.Stop' is not a list"),
        (b'{"hooks": {"Stop": [{"hooks": [7]}]}}', "'hooks.Stop' is not a list"),
        (b'{"env": 7}', "'env' is not an object"),
        (b'{"model": "a", "model": "b"}', "'model' is twice"),
        (b'{"a": "\xff"}', "is not UTF-8"),
    ],
)
def test_settings_that_cannot_be_changed_safely_are_left_alone(machine: Machine, content: bytes, message: str) -> None:
    machine.settings.write_bytes(content)
    for command, code, outcome in (("install", 1, "Nothing was changed"), ("uninstall", 0, "was left unchanged")):
        done = machine.whence(command)
        assert done.returncode == code
        assert message in done.stderr
        assert outcome in done.stderr
    assert machine.settings.read_bytes() == content
    assert leftovers(machine) == [".claude/settings.json"]


def test_settings_that_were_damaged_after_the_installation_are_left_alone_and_named(machine: Machine) -> None:
    assert machine.whence("install").returncode == 0
    damaged = machine.settings.read_text() + "// mine\n"
    machine.settings.write_text(damaged)
    done = machine.whence("uninstall")
    assert (done.returncode, "still names whence" in done.stderr) == (3, True)
    assert machine.settings.read_text() == damaged


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_settings_of_another_user_are_left_alone(machine: Machine) -> None:
    machine.settings.write_text("{}")
    os.chown(machine.settings, 65534, 65534)
    done = machine.whence("install")
    assert (done.returncode, "belongs to another user" in done.stderr) == (1, True)
    assert machine.settings.read_text() == "{}"


def test_a_linked_settings_file_stays_a_link(machine: Machine) -> None:
    dotfiles = machine.home / "dotfiles" / "claude.json"
    dotfiles.parent.mkdir()
    dotfiles.write_text('{"model": "opus"}')
    machine.settings.symlink_to(dotfiles)
    machine.whence("install")
    assert machine.settings.is_symlink()
    assert set(json.loads(dotfiles.read_text())["hooks"]) == EVENTS
    machine.whence("uninstall")
    assert dotfiles.read_text() == '{"model": "opus"}'


@pytest.mark.parametrize("endpoint", ["", "ledger", "ftp://ledger", "http://", "http://jane:pw@ledger", "http://a b"])
def test_an_endpoint_that_is_no_address_is_refused(machine: Machine, endpoint: str) -> None:
    done = machine.whence("install", "--endpoint", endpoint or " ")
    assert (done.returncode, "is not a valid address" in done.stderr) == (1, True)
    assert leftovers(machine) == []


@pytest.mark.parametrize(
    ("command", "module", "extra"),
    [
        ("serve", "duckdb", "[ledger]"),
        ("classify", "github", "[classifier]"),
        ("import", "genai_prices", "[import]"),
        ("doctor", "truststore", ""),
    ],
)
def test_a_missing_module_is_named_with_an_extra_that_exists(
    tmp_path: Path, command: str, module: str, extra: str
) -> None:
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        f"from whence_cli.main import main; main([{command!r}, '--port', '1'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert f"-m pip install 'whence-spend{extra}'" in done.stderr
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert not extra or extra.strip("[]") in extras


def test_no_text_names_the_distribution_of_somebody_else() -> None:
    """``whence`` on PyPI is another project's."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wrong = re.compile(r"pip install[^\n;&|]*[\s'\"]whence(?![\w-])|(?<![\w./-])whence\[[a-z]")
    found = [
        f"{name}: {line}"
        for name in files.split("\0")
        if name and (ROOT / name).suffix in {"", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ".txt", ".service"}
        for line in (ROOT / name).read_text().splitlines()
        if wrong.search(line)
    ]
    assert found == []


def test_the_registration_of_an_older_version_is_replaced_and_until_then_reported(machine: Machine) -> None:
    machine.whence("install")
    now = settings(machine)
    old = {event: groups for event, groups in now["hooks"].items() if event not in {"PreToolUse", "PermissionRequest"}}
    machine.settings.write_text(json.dumps(now | {"hooks": old}))
    (check,) = [one for one in json.loads(machine.whence("doctor", "--json").stdout) if one["name"] == "hook"]
    assert (check["ok"], check["hint"]) == (False, "Run 'whence install'.")
    machine.whence("install")
    assert settings(machine)["hooks"] == now["hooks"]


def test_the_diff_of_commands_is_set_only_where_it_is_asked_for_and_taken_out_again(machine: Machine) -> None:
    """It changes what a person sees. Earlier versions set it unasked."""
    machine.whence("install")
    assert "bashEditDiffEnabled" not in settings(machine)
    machine.whence("install", "--command-diff")
    machine.whence("install")
    assert settings(machine)["bashEditDiffEnabled"] is True
    configured = json.loads(machine.config.read_text())
    del configured["command_diff"]
    machine.config.write_text(json.dumps(configured))
    machine.whence("install")
    assert "bashEditDiffEnabled" not in settings(machine)
    machine.whence("install", "--command-diff")
    machine.whence("install", "--no-command-diff")
    assert "bashEditDiffEnabled" not in settings(machine)


def test_a_diff_of_commands_that_was_switched_off_stays_off_and_ours_is_taken_out(machine: Machine) -> None:
    machine.settings.write_text('{"bashEditDiffEnabled": false}')
    machine.whence("install", "--command-diff")
    assert settings(machine)["bashEditDiffEnabled"] is False
    machine.whence("uninstall")
    assert settings(machine) == {"bashEditDiffEnabled": False}
    machine.settings.write_text("{}")
    machine.whence("install", "--command-diff")
    assert settings(machine)["bashEditDiffEnabled"] is True
    machine.settings.write_text(json.dumps(settings(machine) | {"theme": "dark"}))
    machine.whence("uninstall")
    assert settings(machine) == {"theme": "dark"}
