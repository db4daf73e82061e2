"""The page of all settings: environment variables, the hook's configuration, Claude Code's settings, alert rules.

Names and defaults come from the code. It is an error if the code reads a variable that this file does not describe, or
if this file describes one that nothing reads.
"""

import ast
import json
import re
import sys
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from whence_cli.main import main
from whence_hook.machine.config import DEFAULT_ENDPOINT, Config
from whence_installer.doctor.registration import SESSION_ID
from whence_installer.settings.settings import add, interpreter, telemetry
from whence_ledger.access.auth import Role
from whence_ledger.alert.rule import KINDS

ROOT = Path(__file__).parents[1]
VARIABLES = {
    "CLAUDE_CODE_TMPDIR": "Claude Code's folder for temporary files, if it is not `/tmp`.",
    "CLAUDE_CONFIG_DIR": "Claude Code's folder, if it is not `~/.claude`.",
    "GITHUB_APP_ID": "Id of a GitHub App, instead of a token (`--app-id`).",
    "GITHUB_APP_KEY": "File with the App's private key (`--app-key`).",
    "GITHUB_TOKEN": "Token for GitHub. A configuration file may name another variable (`token-variable`).",
    "LOCALAPPDATA": "On Windows, the folder around the hook's records.",
    "OTEL_EXPORTER_OTLP_HEADERS": "Headers that `whence classify --otlp` sends, such as a token.",
    "WHENCE_ADMIN_TOKEN": "The ledger's token for labels, cases, saved views, backups and silences.",
    "WHENCE_BUNDLE": "Path or `https://` address of the bundle to install.",
    "WHENCE_ENDPOINT": "Address of the ledger that machines send to.",
    "WHENCE_INGEST_TOKEN": "The ledger's token for sending telemetry.",
    "WHENCE_LEDGER": "Address of the ledger that commands use (`--ledger`).",
    "WHENCE_PLAIN_HTTP": "`1` allows sending tokens to other machines over plain HTTP.",
    "WHENCE_READ_TOKEN": "The ledger's token for reports and the dashboard.",
    "WHENCE_SHA256": "SHA-256 of the bundle.",
    "WHENCE_UNINSTALL": "`yes` removes whence instead of installing it.",
    "WHENCE_VERSION": "Version that `audit.sh` expects.",
    "WHENCE_WORKING_DAYS": "Working days, such as `Sun-Thu` (`whence serve --working-days`).",
    "WHENCE_STORE": "Address of a ClickHouse, which contains a password (`--store`).",
    "WHENCE_WORKING_HOURS": "Working hours, such as `8-18` (`whence serve --working-hours`).",
    "XDG_CACHE_HOME": "Folder around the classifier's cache, if it is not `~/.cache`.",
    "XDG_CONFIG_HOME": "Folder around the hook's configuration, if it is not `~/.config`.",
    "XDG_DATA_HOME": "Folder around the installation and the ledger, if it is not `~/.local/share`.",
    "XDG_STATE_HOME": "Folder around the hook's records, if it is not `~/.local/state`.",
}
"""The meaning of each variable. The hook-programs page lists those that the hook only passes on to git and ssh."""

THROUGH_PLATFORMDIRS = {
    "XDG_CACHE_HOME": "`whence classify`",
    "XDG_CONFIG_HOME": "the hook",
    "XDG_DATA_HOME": "`whence serve`",
}
"""Variables that a library reads for us."""
READERS = {
    "contract": "every command",
    "client": "every command that queries a ledger",
    "hook": "the hook",
    "classifier": "`whence classify`",
    "importer": "`whence import`",
    "installer": "`whence install`, `whence doctor`",
    "ledger": "`whence serve`",
}
"""The program that runs the code of each part. In ``cli`` each module is the command of its name."""

_NAME = re.compile(r"(CLAUDE|GITHUB|OTEL|WHENCE|XDG)_[A-Z0-9_]+|LOCALAPPDATA")
_CONFIG_FIELD = re.compile(r"``(\w+)``: (.*?)(?=\.\s+``|\.?$)", re.DOTALL)


def settings() -> str:
    """Return the page."""
    parts = [
        "# Settings\n",
        "Everything can be set by options of the [commands](cli.md) or by these variables and files. No setting is "
        "needed on one machine.\n",
        "## Environment variables\n",
        _variables(),
        "Programs that the hook starts get a few variables of the session; see the "
        "[list of programs](../hook-programs.md#their-environment).\n",
        "## The hook's configuration\n",
        "`whence install` writes `config.json` into `~/.config/whence` (macOS: `~/Library/Application "
        "Support/whence`), readable by its owner only. `install.sh --system` writes it for every user into "
        "`/etc/whence` (macOS: `/Library/Application Support/whence`), and that file has priority.\n",
        _configuration(),
        "## Claude Code's settings\n",
        "`whence install` adds this to `settings.json` in Claude Code's folder, and `install.sh --system` to "
        "`managed-settings.d/50-whence.json`. `PYTHON` and `HOOK` are the interpreter and the script of the "
        "installation. The `otelHeadersHelper` is added only where the ledger has tokens.\n",
        _registered(),
        "## Alert rules\n",
        "Defaults of `alerts.toml` in the ledger's folder. [Alerts](../guides/alerts.md) describes the rules and how "
        "to change them. `for`: how long the condition must hold before the alert fires. `quiet`: how long it must "
        "not hold before the alert resolves. Every rule also takes `enabled`.\n",
        _alerts(),
        f"A receiver is a table `[receivers.NAME]` with `kind` ({', '.join(f'`{kind}`' for kind in KINDS)}) and `url`. "
        "`[ledger]` takes `url`, the address that messages link to.\n",
    ]
    return "\n".join(parts)


def read_variables() -> dict[str, set[str]]:
    """Return each variable that the code reads, with the commands and scripts that read it."""
    found = {name: {reader} for name, reader in THROUGH_PLATFORMDIRS.items()}
    for file in ROOT.glob("*/whence_*/**/*.py"):
        part = file.relative_to(ROOT).parts[0]
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for name in _names(node) if _is_read(node) else _tokens(node):
                found.setdefault(name, set()).add(READERS.get(part, f"`whence {file.stem}`"))
    for role in Role:
        found.setdefault(f"WHENCE_{role.name}_TOKEN", set()).add(READERS["ledger"])
    with click.Context(main, info_name="whence") as context:
        for path, parameter in _parameters(main, context):
            given = parameter.envvar
            for name in [given] if isinstance(given, str) else given or []:
                found.setdefault(name, set()).add(f"`{' '.join(path.split()[:2])}`")
    scripts = [
        *ROOT.glob("install.*"),
        *(ROOT / "deploy" / "mdm").glob("*.sh"),
        *(ROOT / "deploy" / "mdm").glob("*.ps1"),
    ]
    for script in scripts:
        for name in re.findall(r"\$(?:\{|env:)?(WHENCE_[A-Z0-9_]+|XDG_[A-Z_]+)", script.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(f"`{script.name}`")
    # Claude Code reads these; whence only checks them in its settings.
    only_checked = {*telemetry(DEFAULT_ENDPOINT), SESSION_ID}
    return {name: readers for name, readers in found.items() if name not in only_checked}


def _is_read(node: ast.AST) -> bool:
    """Return whether a node reads from an environment (``environ.get(…)``, ``environ[…]``) or names a variable."""
    source = {"environ", "environment"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        owner = node.func.value
        return getattr(owner, "attr", getattr(owner, "id", "")) in source
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return getattr(node.value, "attr", getattr(node.value, "id", "")) in source
    # A constant that names a variable, read elsewhere by that name.
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)


def _tokens(node: ast.AST) -> set[str]:
    """Return the token variables that opening a ``Ledger`` without a token reads, or downloading a backup."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "download":
        return {f"WHENCE_{Role.ADMIN.name}_TOKEN"}
    if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Ledger" and len(node.args) == 2):
        return set()
    role = node.args[1]
    roles = [str(role.value)] if isinstance(role, ast.Constant) else [Role.READ, Role.ADMIN]
    return {f"WHENCE_{one.upper()}_TOKEN" for one in roles}


def _names(node: ast.AST) -> set[str]:
    constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return {name for name in constants if _NAME.fullmatch(name)}


def _parameters(command: click.Command, context: click.Context) -> list[tuple[str, click.Parameter]]:
    found = [(context.command_path, one) for one in command.params]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if child := command.get_command(context, name):
                with click.Context(child, info_name=name, parent=context) as inner:
                    found += _parameters(child, inner)
    return found


def _variables() -> str:
    found = read_variables()
    if found.keys() != VARIABLES.keys():
        sys.exit(f"docs/generate_settings.py: describe what is read: {sorted(found.keys() ^ VARIABLES.keys())}")
    rows = [f"| `{name}` | {VARIABLES[name]} | {', '.join(sorted(found[name]))} |" for name in sorted(found)]
    return "\n".join(["| variable | meaning | read by |", "| --- | --- | --- |", *rows]) + "\n"


def _configuration() -> str:
    meanings = dict(_CONFIG_FIELD.findall(" ".join((Config.__doc__ or "").split())))
    rows = [
        f"| `{name}` | {meanings[name]} | `{json.dumps(Config._field_defaults[name])}` |" for name in Config._fields
    ]
    return "\n".join(["| key | meaning | default |", "| --- | --- | --- |", *rows]) + "\n"


def _registered() -> str:
    merged = add({}, telemetry("ENDPOINT"), token=True).settings
    # One line for each hook, as people write it.
    hooks = re.compile(r'\{\s+"type": "command"[^{}]*\}')
    text = hooks.sub(lambda found: re.sub(r"\s+", " ", found[0]), json.dumps(merged, indent=2))
    script = merged["hooks"]["Stop"][0]["hooks"][0]["args"][-1]
    return f"```json\n{text.replace(interpreter(), 'PYTHON').replace(script, 'HOOK')}\n```\n"


def _alerts() -> str:
    content = files("whence_ledger.alert").joinpath("defaults.toml").read_text(encoding="utf-8")
    rules: dict[str, dict[str, Any]] = tomllib.loads(content)
    rows = []
    for name, rule in rules.items():
        thresholds = ", ".join(f"`{key} = {value}`" for key, value in rule.items() if isinstance(value, (int, float)))
        rows.append(f"| `{name}` | {thresholds} | {rule['for']} | {rule['quiet']} |")
    return "\n".join(["| rule | thresholds | `for` | `quiet` |", "| --- | --- | --- | --- |", *rows]) + "\n"
