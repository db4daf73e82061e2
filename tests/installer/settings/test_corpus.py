"""Settings as people really have them: installed into, upgraded, uninstalled, and then byte for byte what they were."""

import json
from pathlib import Path
from typing import Any

import pytest

from builders.machine import Machine

GUARD: dict[str, Any] = {
    "matcher": "Bash",
    "hooks": [{"type": "command", "command": "~/.claude/guard.sh", "timeout": 5}],
}
FORMAT = {
    "matcher": "Edit|Write",
    "hooks": [{"type": "command", "command": "jq -r .tool_input.file_path | xargs prettier"}],
}
SAY = {"hooks": [{"type": "command", "command": "osascript -e 'display notification \"done\"'"}]}
OLD = {"hooks": [{"type": "command", "command": "/gone/bin/python", "args": ["-I", "/gone/whence_hook/__main__.py"]}]}
FULL = {
    "$schema": "https://json.schemastore.org/claude-code-settings.json",
    "model": "opusplan",
    "permissions": {
        "allow": ["Bash(npm run test:*)", "Read(~/.zshrc)"],
        "deny": ["Read(./.env)"],
        "defaultMode": "plan",
    },
    "hooks": {"PreToolUse": [GUARD], "PostToolUse": [FORMAT], "Stop": [SAY]},
    "env": {"ANTHROPIC_BASE_URL": "https://proxy.acme.example", "DISABLE_TELEMETRY": "1"},
    "statusLine": {"type": "command", "command": "ccusage statusline"},
    "enabledPlugins": {"formatter@acme": True},
    "cleanupPeriodDays": 99999,
}


def text(settings: object, **more: Any) -> bytes:
    return json.dumps(settings, **({"indent": 2, "ensure_ascii": False} | more)).encode()


KEPT: dict[str, bytes] = {
    "nothing": b"",
    "blank": b" \n\n",
    "empty": b"{}",
    "empty, with a newline": b"{}\n",
    "empty, spread": b"{\n\n}\n",
    "one line": text({"model": "opus"}, indent=None),
    "minified": text(FULL, indent=None, separators=(",", ":")),
    "two spaces": text(FULL),
    "two spaces and a newline": text(FULL) + b"\n",
    "one space": text(FULL, indent=1) + b"\n",
    "three spaces": text(FULL, indent=3),
    "four spaces": text(FULL, indent=4) + b"\n",
    "eight spaces": text(FULL, indent=8),
    "tabs": text(FULL, indent="\t") + b"\n",
    "windows line ends": text(FULL).replace(b"\n", b"\r\n") + b"\r\n",
    "old mac line ends": text({"model": "opus"}).replace(b"\n", b"\r"),
    "newlines at the end": text(FULL) + b"\n\n\n",
    "spaces around": b"  \n " + text(FULL) + b" \n ",
    "odd indentation": b'{"a" :1 ,\n      "hooks":{  } ,\n "env"  : {}\n  }',
    "compact lists": b'{\n  "permissions": {"allow": ["Bash(ls)","Bash(cat:*)"]},\n  "model":"opus"\n}\n',
    "escaped letters": b'{"note": "caf\\u00e9 \\ud83d\\ude00 \\/ \\t"}\n',
    "letters": '{"note": "café 😀 \u2028"}\n'.encode(),
    "right to left": '{"note": "\u202eabc"}'.encode(),
    "a lone surrogate": b'{"note": "\\ud800"}',
    "large numbers": b'{"n": 123456789012345678901234567890, "m": 1.10, "e": 1E5, "z": -0.0}',
    "foreign hooks": text({"hooks": {"Stop": [SAY, SAY], "Notification": [SAY]}}),
    "empty groups": text({"hooks": {"Stop": [], "PreToolUse": [{"matcher": "*", "hooks": []}]}}),
    "a group without hooks": text({"hooks": {"Stop": [{"matcher": ""}]}}),
    "hooks of another event": text({"hooks": {"SomethingNew": [SAY]}}),
    "an http hook": text({"hooks": {"Stop": [{"hooks": [{"type": "http", "url": "https://acme.example/hook"}]}]}}),
    "a prompt hook": text({"hooks": {"Stop": [{"hooks": [{"type": "prompt", "prompt": "Is it done?"}]}]}}),
    "hooks switched off": text({"disableAllHooks": True}),
    "telemetry elsewhere": text(
        {"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318", "OTEL_METRICS_EXPORTER": "otlp"}}
    ),
    "telemetry with headers": text({"env": {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=x"}, "otelHeadersHelper": "/opt/h"}),
    "telemetry of ours already": text({"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1"}}),
    "numbers in env": text({"env": {"MAX_THINKING_TOKENS": 1000, "FLAG": True}}),
    "keys like ours": text({"whence": {"hooks": {}}, "hook": 1}),
    "a long file": text({"permissions": {"allow": [f"Bash(command{number}:*)" for number in range(2000)]}}),
    "a deep file": b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}",
    "an empty key": b'{"": {"": ""}}',
    "named like a prototype": b'{"__proto__": {"hooks": {}}, "constructor": 1}',
}
REFUSED: dict[str, tuple[bytes, str]] = {
    "comments": (b'{\n  // mine\n  "model": "opus"\n}', "is not JSON"),
    "a block comment": (b'/* mine */ {"model": "opus"}', "is not JSON"),
    "a trailing comma": (b'{"model": "opus",}', "is not JSON"),
    "single quotes": (b"{'model': 'opus'}", "is not JSON"),
    "half a file": (text(FULL)[:200], "is not JSON"),
    "two objects": (b"{}{}", "is not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "is not JSON"),
    "utf-16": ('{"model": "opus"}'.encode("utf-16"), "is not UTF-8"),
    "latin-1": ('{"note": "café"}'.encode("latin-1"), "is not UTF-8"),
    "a key twice": (b'{"env": {"A": "1", "A": "2"}}', "is twice in one object"),
    "too large a number": (b'{"n": 1e999}', "cannot be written back"),
    "not a number": (b'{"n": NaN}', "cannot be written back"),
    "too deep": (b"[" * 100_000, "nested too deeply"),
    "a list": (b"[]", "not contain a JSON object"),
    "null": (b"null", "not contain a JSON object"),
    "hooks as a list": (b'{"hooks": []}', "'hooks' is not an object"),
}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path / "home")
    machine.settings.parent.mkdir(parents=True)
    return machine


def everything(machine: Machine) -> dict[str, bytes]:
    files = [file for file in machine.home.rglob("*") if file.is_file()]
    return {str(file.relative_to(machine.home)): file.read_bytes() for file in files}


@pytest.mark.parametrize("name", KEPT)
def test_what_was_there_is_there_again(machine: Machine, name: str) -> None:
    machine.settings.write_bytes(KEPT[name])
    before = everything(machine)
    assert machine.whence("install").returncode == 0
    upgraded = machine.whence("install", "--endpoint", "https://ledger.acme.example", "--token", "s3cret")
    assert upgraded.returncode == 0
    installed = json.loads(machine.settings.read_bytes())
    given = json.loads(KEPT[name]) if KEPT[name].strip() else {}
    for key, value in given.items():
        if key not in {"hooks", "env"}:
            assert installed[key] == value
    assert installed["env"].items() >= given.get("env", {}).items()
    for event, groups in given.get("hooks", {}).items():
        assert installed["hooks"][event][: len(groups)] == groups
    assert machine.whence("uninstall").returncode == 0
    assert everything(machine) == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_changed_safely_is_said_and_left_alone(machine: Machine, name: str) -> None:
    content, words = REFUSED[name]
    machine.settings.write_bytes(content)
    before = everything(machine)
    # Uninstalling is done where nothing of ours is, even if the file cannot be understood.
    for command, code in (("install", 1), ("uninstall", 0)):
        done = machine.whence(command)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        assert words in done.stderr
        assert str(machine.settings) in done.stderr
    assert everything(machine) == before


def test_a_chain_of_links_into_a_folder_of_dotfiles(machine: Machine) -> None:
    dotfiles = machine.home / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "settings.json").write_bytes(KEPT["tabs"])
    (dotfiles / "current").symlink_to("settings.json")
    machine.settings.symlink_to("../dotfiles/current")
    before = everything(machine)
    assert machine.whence("install").returncode == 0
    assert machine.settings.is_symlink()
    assert machine.whence("uninstall").returncode == 0
    assert everything(machine) == before
    assert machine.settings.is_symlink()


def test_a_folder_that_is_a_link(machine: Machine) -> None:
    machine.settings.parent.rmdir()
    (machine.home / "dotfiles").mkdir()
    (machine.home / "dotfiles" / "settings.json").write_bytes(KEPT["two spaces"])
    machine.settings.parent.symlink_to("dotfiles")
    before = everything(machine)
    assert machine.whence("install").returncode == 0
    assert machine.whence("uninstall").returncode == 0
    assert everything(machine) == before


def test_the_mode_of_the_file_stays(machine: Machine) -> None:
    machine.settings.write_bytes(KEPT["two spaces"])
    machine.settings.chmod(0o640)
    for command in ("install", "uninstall"):
        machine.whence(command)
        assert machine.settings.stat().st_mode & 0o777 == 0o640


def test_what_is_no_file_is_refused(machine: Machine) -> None:
    machine.settings.mkdir()
    done = machine.whence("install")
    assert (done.returncode, "is not a file" in done.stderr) == (1, True)


def test_an_older_installation_elsewhere_is_replaced(machine: Machine) -> None:
    machine.settings.write_bytes(text({"hooks": {"Stop": [SAY, OLD]}}))
    assert machine.whence("install").returncode == 0
    stop = json.loads(machine.settings.read_bytes())["hooks"]["Stop"]
    assert (stop[0], len(stop)) == (SAY, 2)
    assert "/gone/" not in machine.settings.read_text()
