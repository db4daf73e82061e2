"""``whence settings``: print managed settings for Claude Code that are distributed other than as files.

The claude.ai admin console, macOS configuration profiles and the Windows registry take precedence over our drop-in file
and hide it. They also reach machines without the hook, where its command does nothing.
https://docs.anthropic.com/en/docs/claude-code/settings ("Managed settings")
"""

import copy
import json
import plistlib
import shlex
import uuid
from pathlib import Path
from typing import Any

import click

from whence_hook.machine.config import load_config
from whence_hook.machine.error import HookError
from whence_hook.machine.site import SITE
from whence_installer.address import check_endpoint
from whence_installer.settings import settings_file
from whence_installer.settings.settings import (
    HEADERS_MODULE,
    HELPER,
    HOOK_LINK,
    Settings,
    add,
    our_entries,
    remove,
    telemetry,
)
from whence_installer.settings.settings_file import SettingsError

ENVIRONMENT = "/opt/whence/environment"
"""Where ``install.sh --system`` installs whence."""
WINDOWS_ENVIRONMENT = r"C:\Program Files\whence\environment"
"""Where ``install.ps1 -System`` installs whence."""
_WINDOWS_PYTHON = WINDOWS_ENVIRONMENT + r"\Scripts\python.exe"
_WINDOWS_HOOK = WINDOWS_ENVIRONMENT + r"\Lib\site-packages\whence_hook\__main__.py"
_DOMAIN = "com.anthropic.claudecode"
_NAMESPACE = uuid.UUID("6f1c2f0e-6b0f-4a3e-9d5e-2f8b3a7c9e10")


@click.command()
@click.option("--endpoint", help="The ledger or another OTLP/HTTP receiver.  [default: this machine's endpoint]")
@click.option(
    "--merge", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Existing settings to merge into."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "profile", "registry"]),
    default="json",
    show_default=True,
    help="json for the admin console, profile for macOS, registry for Windows.",
)
@click.option(
    "--command-diff",
    is_flag=True,
    help="Let Claude Code report which files a command changed. Users see them too, and commands take longer.",
)
def settings(endpoint: str | None, merge: Path | None, form: str, command_diff: bool) -> None:
    """Print settings for the admin console, a macOS profile or the Windows registry.

    They take effect on machines where 'install.sh --system' was run, and are harmless on others. They do not contain
    the token: each machine has it from its own installation. On Windows, the hook in the admin console's settings needs
    Git for Windows.
    """
    try:
        place = check_endpoint(endpoint) if endpoint else load_config().endpoint
        theirs = settings_file.parse(merge.read_bytes(), merge) if merge else {}
    except (HookError, SettingsError) as error:
        raise click.ClickException(str(error)) from error
    wanted, kept = managed_settings(theirs, place, command_diff)
    for name, value in kept.items():
        click.echo(
            f"Kept {name}={value}, which was already set. The ledger gets no data that is sent elsewhere.",
            err=True,
        )
    click.echo(_FORMS[form](wanted), nl=False)


def managed_settings(theirs: Settings, endpoint: str, command_diff: bool = False) -> tuple[Settings, dict[str, str]]:
    """Merge our settings into theirs; return the result, and the variables that kept their own value."""
    merged = add(remove(theirs, {}), telemetry(endpoint), token=True, site=True, command_diff=command_diff)
    hooks = [
        [f"{ENVIRONMENT}/bin/python", "-I", "-S", f"{ENVIRONMENT}/{HOOK_LINK}", SITE],
        # For the shell of Git for Windows. On other systems "C:/…" would be a path in the current folder, which may be
        # hostile.
        ["/c" + _WINDOWS_PYTHON[2:].replace("\\", "/"), "-I", "-S", _WINDOWS_HOOK.replace("\\", "/"), SITE],
    ]
    for _, entry in our_entries(merged.settings):
        # This is a shell command because the exec form would fail at every event on a machine without the hook.
        entry["command"] = "; ".join(f"test ! -x {shlex.quote(hook[0])} || exec {shlex.join(hook)}" for hook in hooks)
        del entry["args"]
    if HELPER not in merged.kept:
        helper = f"{ENVIRONMENT}/bin/python -I -m {HEADERS_MODULE}"
        merged.settings[HELPER] = f"if test -x {ENVIRONMENT}/bin/python; then {helper}; else echo '{{}}'; fi"
    return merged.settings, merged.kept


def for_windows(wanted: Settings) -> Settings:
    """Return the settings with the hook and the helper as commands for ``cmd``, which every Windows has.

    Claude Code runs a hook's shell command with Git's shell, or with PowerShell if Git is missing. The exec form with
    ``cmd`` needs neither, starts in milliseconds, and does nothing on a machine without the hook. Claude Code runs the
    helper with ``cmd``.
    """
    wanted = copy.deepcopy(wanted)
    for _, entry in our_entries(wanted):
        hook = ["if", "exist", _WINDOWS_PYTHON, _WINDOWS_PYTHON, "-I", "-S", _WINDOWS_HOOK, SITE]
        entry |= {"command": r"C:\Windows\System32\cmd.exe", "args": ["/d", "/c", *hook]}
    if HEADERS_MODULE in str(wanted.get(HELPER)):
        helper = f'"{_WINDOWS_PYTHON}" -I -m {HEADERS_MODULE}'
        wanted[HELPER] = f'if exist "{_WINDOWS_PYTHON}" ({helper}) else (echo {{}})'
    return wanted


def as_json(wanted: Settings) -> str:
    """Return JSON for the admin console."""
    return json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"


def as_profile(wanted: Settings) -> str:
    """Return a macOS configuration profile. https://developer.apple.com/documentation/devicemanagement"""

    def payload(kind: str, name: str, more: dict[str, Any]) -> dict[str, Any]:
        ident = f"com.whence.{name}"
        # The UUID stays the same, because a new one would install the profile a second time.
        return {
            "PayloadType": kind,
            "PayloadVersion": 1,
            "PayloadIdentifier": ident,
            "PayloadUUID": str(uuid.uuid5(_NAMESPACE, ident)).upper(),
            **more,
        }

    content = payload(_DOMAIN, "claudecode", wanted)
    shown = {"PayloadDisplayName": "Claude Code: whence", "PayloadScope": "System", "PayloadContent": [content]}
    return plistlib.dumps(payload("Configuration", "profile", shown), sort_keys=False).decode()


def as_registry(wanted: Settings) -> str:
    """Return a Windows registry file: one value with the JSON."""
    text = json.dumps(for_windows(wanted), ensure_ascii=True).replace("\\", "\\\\").replace('"', '\\"')
    key = r"[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\ClaudeCode]"
    return f'Windows Registry Editor Version 5.00\r\n\r\n{key}\r\n"Settings"="{text}"\r\n'


_FORMS = {"json": as_json, "profile": as_profile, "registry": as_registry}
