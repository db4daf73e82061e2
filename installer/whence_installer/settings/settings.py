"""Add our hook entries and telemetry variables to Claude Code's settings, and remove them again.

Format: https://docs.anthropic.com/en/docs/claude-code/settings and …/hooks. Pure functions over parsed JSON.
"""

import copy
import re
import shlex
import sys
from pathlib import Path
from typing import Any, NamedTuple

import whence_hook
from whence_hook.machine.site import SITE
from whence_hook.record.touch import TOOL_MATCHER

Settings = dict[str, Any]

TOOL_EVENTS = ("PreToolUse", "PermissionRequest", "PostToolUse", "PostToolUseFailure")
ASYNC_EVENTS = ("SessionStart", "UserPromptSubmit", "SubagentStop", *TOOL_EVENTS)
# An async Stop hook is killed when "claude -p" ends, and SessionEnd is then lost too.
SYNC_EVENTS = ("Stop", "SessionEnd")
HOOK_TIMEOUT_SECONDS = 10
HOOK_LINK = "whence-hook.py"
HELPER = "otelHeadersHelper"
DIFF = "bashEditDiffEnabled"
"""The setting that makes Claude Code (2.1.269 and later) report to hooks which files a command changed. The user sees
them too, and commands take longer, so it is off by default."""
HEADERS_MODULE = "whence_hook.headers"
_OURS = re.compile(r"[/\\](whence_hook[/\\]__main__|whence-hook)\.py")


class Merged(NamedTuple):
    """Settings that include ours. ``kept``: values by name that somebody else had set differently, which we keep."""

    settings: Settings
    kept: dict[str, str]


def installation() -> Path:
    """Return the path of this environment, through the link that ``install.sh`` points to the new one in an upgrade.

    So the path in the settings works before, during and after an upgrade.
    """
    environment = Path(sys.prefix)
    name = environment.parent.parent / "environment"
    return name if name.is_symlink() and name.resolve() == environment.resolve() else environment


def interpreter() -> str:
    """Return the path of this environment's Python."""
    return str(installation() / Path(sys.executable).relative_to(sys.prefix))


def hook_script() -> Path:
    """Return the path of the file that the hook runs."""
    link = installation() / HOOK_LINK
    return link if link.exists() else Path(whence_hook.__file__).with_name("__main__.py")


def hook_entry(site: bool = False) -> Settings:
    """Return the hook entry in exec form: without a shell, with the interpreter's absolute path and the hook's file."""
    arguments = ["-I", "-S", str(hook_script()), *([SITE] if site else [])]
    return {"type": "command", "command": interpreter(), "args": arguments, "timeout": HOOK_TIMEOUT_SECONDS}


def headers_helper() -> str:
    """Return the command that prints the token for Claude Code's telemetry, so that it is not in the settings."""
    program = shlex.quote(interpreter())
    if sys.platform == "win32":
        # Both cmd and Git's sh understand this.
        program = '"' + interpreter().replace("\\", "/") + '"'
    return f"{program} -I -m {HEADERS_MODULE}"


def telemetry(endpoint: str) -> dict[str, str]:
    """Return the variables that make Claude Code send its metrics and events to the ledger.

    https://docs.anthropic.com/en/docs/claude-code/monitoring-usage
    """
    return {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
        # Claude Code 2.1.269 and later; the ledger uses it for sessions that no hook reported.
        "OTEL_METRICS_INCLUDE_REPOSITORY": "1",
    }


def add(
    settings: Settings, variables: dict[str, str], token: bool, site: bool = False, command_diff: bool = False
) -> Merged:
    """Return ``settings`` with our hook for every event, our variables, the helper if there is a ``token``, and
    ``DIFF`` if ``command_diff``. Values that somebody else has set are kept."""
    settings = copy.deepcopy(settings)
    hooks = settings.setdefault("hooks", {})
    for event in (*ASYNC_EVENTS, *SYNC_EVENTS):
        entry = hook_entry(site) | ({"async": True} if event in ASYNC_EVENTS else {})
        matcher = {"matcher": TOOL_MATCHER} if event in TOOL_EVENTS else {}
        hooks.setdefault(event, []).append(matcher | {"hooks": [entry]})
    if command_diff:
        settings.setdefault(DIFF, True)
    environment = settings.setdefault("env", {})
    kept = {name: environment[name] for name in variables if environment.get(name, variables[name]) != variables[name]}
    environment |= {name: value for name, value in variables.items() if name not in kept}
    if token and settings.setdefault(HELPER, headers_helper()) != headers_helper():
        kept[HELPER] = settings[HELPER]
    return Merged(settings, kept)


def remove(settings: Settings, variables: dict[str, str]) -> Settings:
    """Return ``settings`` without our hooks and helper, our unchanged ``variables``, and objects that are then empty.

    ``variables`` contains ``DIFF`` if we set it.
    """
    settings = copy.deepcopy(settings)
    hooks = settings.get("hooks", {})
    for event in list(hooks):
        groups = [_without_ours(group) for group in hooks[event]]
        hooks[event] = [group for group in groups if group is not None]
        if not hooks[event] and groups:
            del hooks[event]
    environment = settings.get("env", {})
    for name, value in variables.items():
        if environment.get(name) == value:
            del environment[name]
    if DIFF in variables and settings.get(DIFF) is True:
        del settings[DIFF]
    if HEADERS_MODULE in str(settings.get(HELPER)):
        del settings[HELPER]
    for name in ("hooks", "env"):
        if settings.get(name) == {}:
            del settings[name]
    return settings


def mentions_us(text: str) -> bool:
    """Return whether a settings file names our hook or helper, even if it is not JSON."""
    return bool(_OURS.search(text.replace("\\\\", "\\"))) or HEADERS_MODULE in text


def our_entries(settings: Settings) -> list[tuple[str, Settings]]:
    """Return our hook entries, each with its event."""
    return [
        (event, entry)
        for event, groups in settings.get("hooks", {}).items()
        for group in groups
        for entry in group.get("hooks", [])
        if is_ours(entry)
    ]


def is_ours(entry: Settings) -> bool:
    """Return whether a hook entry runs ``whence_hook``, of any installation, in exec form or in a shell."""
    words = [entry.get("command"), *(entry.get("args") or [])]
    return any(_OURS.search(str(word)) for word in words)


def _without_ours(group: Settings) -> Settings | None:
    """Return the group without our entries; ``None`` if it has no others."""
    entries = group.get("hooks", [])
    others = [entry for entry in entries if not is_ours(entry)]
    if len(others) == len(entries):
        return group
    return {**group, "hooks": others} if others else None
