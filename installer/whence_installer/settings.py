"""Claude Code's settings: our hook entries and telemetry variables, put into them and taken out again.

Format: https://docs.anthropic.com/en/docs/claude-code/settings and …/hooks. Pure functions over parsed JSON.
"""

import copy
import sys
from pathlib import Path
from typing import Any, NamedTuple

import whence_hook
from whence_hook.touch import TOOL_MATCHER

Settings = dict[str, Any]

ASYNC_EVENTS = ("SessionStart", "UserPromptSubmit", "PostToolUse", "PostToolUseFailure")
# An async Stop hook is killed when "claude -p" ends, and takes SessionEnd with it.
SYNC_EVENTS = ("Stop", "SessionEnd")
TOOL_EVENTS = ("PostToolUse", "PostToolUseFailure")
HOOK_TIMEOUT_SECONDS = 10


class Merged(NamedTuple):
    """Settings with ours in them. ``kept``: variables that somebody else has set to another value."""

    settings: Settings
    kept: dict[str, str]


def hook_entry() -> Settings:
    """The hook in exec form: no shell, an absolute interpreter, and the file that it runs."""
    arguments = ["-I", "-S", str(Path(whence_hook.__file__).with_name("__main__.py"))]
    return {"type": "command", "command": sys.executable, "args": arguments, "timeout": HOOK_TIMEOUT_SECONDS}


def telemetry(endpoint: str, token: str | None) -> dict[str, str]:
    """The variables that make Claude Code send its metrics and events to the ledger.

    https://docs.anthropic.com/en/docs/claude-code/monitoring-usage
    """
    variables = {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
    }
    return variables | ({"OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer {token}"} if token else {})


def add(settings: Settings, variables: dict[str, str]) -> Merged:
    """Add our hook to every event and our variables where nobody set them."""
    settings = copy.deepcopy(settings)
    hooks = settings.setdefault("hooks", {})
    for event in (*ASYNC_EVENTS, *SYNC_EVENTS):
        entry = hook_entry() | ({"async": True} if event in ASYNC_EVENTS else {})
        matcher = {"matcher": TOOL_MATCHER} if event in TOOL_EVENTS else {}
        hooks.setdefault(event, []).append(matcher | {"hooks": [entry]})
    environment = settings.setdefault("env", {})
    kept = {name: environment[name] for name in variables if environment.get(name, variables[name]) != variables[name]}
    environment |= {name: value for name, value in variables.items() if name not in kept}
    return Merged(settings, kept)


def remove(settings: Settings, variables: dict[str, str]) -> Settings:
    """Take out our hooks, and our variables where they still have our value; what that leaves empty goes too."""
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
    for name in ("hooks", "env"):
        if settings.get(name) == {}:
            del settings[name]
    return settings


def our_entries(settings: Settings) -> list[tuple[str, Settings]]:
    """Every hook entry of ours, with its event."""
    return [
        (event, entry)
        for event, groups in settings.get("hooks", {}).items()
        for group in groups
        for entry in group.get("hooks", [])
        if is_ours(entry)
    ]


def is_ours(entry: Settings) -> bool:
    """True for a hook entry that runs ``whence_hook``, of this installation or an earlier one."""
    arguments = entry.get("args") or []
    return bool(arguments) and Path(str(arguments[-1])).parent.name == "whence_hook"


def _without_ours(group: Settings) -> Settings | None:
    """The group without our entries; ``None`` if it held nothing else."""
    entries = group.get("hooks", [])
    others = [entry for entry in entries if not is_ours(entry)]
    if len(others) == len(entries):
        return group
    return {**group, "hooks": others} if others else None
