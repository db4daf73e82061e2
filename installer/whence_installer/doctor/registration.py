"""Check Claude Code's settings on this machine: which ones are in effect, and whether they contain ours.

Claude Code uses the first managed source that exists: the organization's console, then the system's policies, then
files. It merges their hooks with the user's; their variables override the user's.
https://docs.anthropic.com/en/docs/claude-code/settings ("Settings precedence")
"""

import os
import plistlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from whence_hook.machine.config import Config
from whence_hook.machine.site import SITE, site_config
from whence_installer.doctor import over_grpc
from whence_installer.doctor.check import Check
from whence_installer.settings import managed, settings_file
from whence_installer.settings.settings import ASYNC_EVENTS, HELPER, SYNC_EVENTS, Settings, headers_helper, our_entries
from whence_installer.settings.settings import telemetry as wanted_telemetry

SESSION_ID = "OTEL_METRICS_INCLUDE_SESSION_ID"
TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
_PREFERENCES = Path("/Library/Managed Preferences/com.anthropic.claudecode.plist")


class Registered(NamedTuple):
    """``user`` and ``managed``: settings. ``place`` and ``managed_place``: where they come from; empty for nowhere.
    ``project``: the settings of the current folder, by their files."""

    user: Settings
    place: str
    managed: Settings
    managed_place: str
    project: dict[str, Settings]

    @property
    def environment(self) -> dict[str, Any]:
        """Return the environment variables in effect in the current folder."""
        variables: dict[str, Any] = {}
        for settings in (self.user, *self.project.values(), self.managed):
            variables |= settings.get("env", {})
        return variables

    def disabling(self) -> str:
        """Return which settings disable all hooks; empty if none do. A managed value overrides all others."""
        places = [(self.place, self.user), *self.project.items()]
        if "disableAllHooks" in self.managed:
            places = [(self.managed_place, self.managed)]
        return next((place for place, settings in reversed(places) if settings.get("disableAllHooks")), "")


def read() -> Registered:
    """Read the settings. Raises ``SettingsError`` for an invalid file."""
    path = settings_file.settings_path()
    user = settings_file.parse(settings_file.read(path), path)
    project = _project_settings(path)
    for settings, place in _managed_sources():
        if settings:
            return Registered(user, str(path), settings, place, project)
    return Registered(user, str(path), {}, "", project)


def _project_settings(user_path: Path) -> dict[str, Settings]:
    """Return the project settings that a session in the current folder would read, by file."""
    found = {}
    for name in ("settings.json", "settings.local.json"):
        path = Path.cwd() / ".claude" / name
        if path.is_file() and not (user_path.exists() and path.samefile(user_path)):
            found[str(path)] = settings_file.parse(path.read_bytes(), path)
    return found


def _managed_sources() -> Iterator[tuple[Settings, str]]:
    folder = Path(os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))
    remote = folder / "remote-settings.json"
    if remote.exists():
        yield settings_file.parse(remote.read_bytes(), remote), f"the organization's console ({remote})"
    if sys.platform == "darwin" and _PREFERENCES.exists():
        yield plistlib.loads(_PREFERENCES.read_bytes()), str(_PREFERENCES)
    merged: Settings = {}
    for _, settings in managed.sources():
        merged = _merge(merged, settings)
    yield merged, str(managed.managed_directory())


def _merge(one: Any, other: Any) -> Any:
    """Merge objects by key and concatenate lists; otherwise, take the later value."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: _merge(one[name], value) if name in one else value for name, value in other.items()}}
    return [*one, *other] if isinstance(one, list) and isinstance(other, list) else other


def source(registered: Registered) -> Check:
    """Check that our settings are in effect; report which settings are."""
    if place := registered.disabling():
        return Check(
            "settings", False, f"all hooks are disabled (disableAllHooks in {place})", "Remove disableAllHooks."
        )
    if not registered.managed:
        return Check("settings", True, f"{registered.place}; no managed settings")
    found = f"{registered.managed_place}, then {registered.place}"
    ours = our_entries(registered.managed)
    if os.path.exists(site_config()) and not ours:
        hint = "A source with higher precedence hides it. Add the output of 'whence settings' to that source."
        return Check("settings", False, f"{found}; {managed.drop_in()} is not in effect", hint)
    if registered.managed.get("allowManagedHooksOnly") and not ours:
        hint = "Only an administrator can add the hook: './install.sh --system', or 'whence settings'."
        return Check("settings", False, f"{found}; only managed hooks are allowed", hint)
    return Check("settings", True, found)


def hook(registered: Registered) -> Check:
    """Check that the hook is registered exactly once per event, and that it exists."""
    entries = our_entries(registered.managed) + our_entries(registered.user)
    if os.path.exists(site_config()):
        # With a site installation, a user's own hook records nothing.
        entries = [(event, entry) for event, entry in entries if SITE in str(entry)]
    events = sorted(event for event, _ in entries)
    if events != sorted(ASYNC_EVENTS + SYNC_EVENTS):
        seen = ", ".join(f"{event} ({events.count(event)})" for event in sorted(set(events))) or "nothing"
        return Check("hook", False, f"registered for {seen}", "Run 'whence install'.")
    for word in {str(word) for _, entry in entries for word in (entry["command"], *entry.get("args", []))}:
        if os.path.isabs(word) and not os.path.exists(word):
            return Check("hook", False, f"{word} does not exist", "Run './install.sh' again.")
    for program in {str(entry["command"]) for _, entry in entries}:
        if os.path.isabs(program) and not os.access(program, os.X_OK):
            return Check("hook", False, f"this user cannot run {program}", "Run './install.sh' again.")
    return Check("hook", True, f"registered once for each of {len(events)} events")


def telemetry(registered: Registered, config: Config) -> Iterator[Check]:
    """Check that telemetry is enabled, sent to the ledger with its token, and uses delta temporality."""
    wanted, environment = wanted_telemetry(config.endpoint), registered.environment
    delta = environment.get(TEMPORALITY)
    is_grpc = environment.get(over_grpc.PROTOCOL) == "grpc"
    own = {TEMPORALITY, over_grpc.PROTOCOL, over_grpc.ENDPOINT} if is_grpc else {TEMPORALITY}
    wrong = sorted(name for name in wanted if name not in own and environment.get(name) != wanted[name])
    helper = registered.managed.get(HELPER) or registered.user.get(HELPER)
    if not is_grpc and config.token and helper != headers_helper() and "whence_hook.headers" not in str(helper):
        wrong.append(HELPER)
    hint = "Remove them where they are set differently, then run 'whence install' again."
    if wrong:
        yield Check("telemetry", False, f"{', '.join(wrong)} not set for {config.endpoint}", hint)
    elif is_grpc:
        yield over_grpc.check(environment, config)
    else:
        yield Check("telemetry", True, f"metrics and events go to {config.endpoint}")
    if str(environment.get(SESSION_ID, "true")).lower() in {"true", "1"}:
        yield Check("session ids", True, "sent")
    else:
        found = f"{SESSION_ID} is {environment[SESSION_ID]}: sessions report usage without their id, so no repository"
        yield Check("session ids", False, found, f"Remove it from {_place_of(registered, SESSION_ID)}.")
    # Delta is Claude Code's default.
    if delta in {None, "delta"}:
        yield Check("temporality", True, "deltas")
    else:
        hint = f"Set it to 'delta' in {_place_of(registered, TEMPORALITY)}."
        yield Check("temporality", False, f"{TEMPORALITY} is {delta}, which the ledger refuses", hint)


def _place_of(registered: Registered, name: str) -> str:
    """Return the settings file that decides the value of a variable."""
    places = [(registered.place, registered.user), *registered.project.items()]
    places.append((registered.managed_place, registered.managed))
    return next((place for place, settings in reversed(places) if name in settings.get("env", {})), registered.place)
