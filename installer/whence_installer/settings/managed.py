"""Claude Code's managed settings: the drop-in that is ours, beside what administrators and other tools have there.

https://docs.anthropic.com/en/docs/claude-code/settings ("Managed settings"): ``managed-settings.json``, then
``managed-settings.d/*.json`` in the order of their names; the later goes before.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whence_hook.machine.config import Config, dump_config
from whence_hook.machine.site import site_config
from whence_installer.settings import settings_file
from whence_installer.settings.settings import HELPER, Merged, add, telemetry

DROP_IN = "50-whence.json"


def managed_directory() -> Path:
    """The folder of the managed settings of this machine."""
    if sys.platform == "win32":
        return Path(r"C:\Program Files\ClaudeCode")
    return Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code")


def drop_in() -> Path:
    """Our file among them."""
    return managed_directory() / "managed-settings.d" / DROP_IN


def sources() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every file of managed settings, in Claude Code's order. Raises ``SettingsError`` for one that is none."""
    base = managed_directory()
    others = sorted(path for path in (base / "managed-settings.d").glob("*.json") if not path.name.startswith("."))
    for path in (base / "managed-settings.json", *others):
        try:
            yield path, settings_file.parse(path.read_bytes(), path)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise settings_file.SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def settings_for(config: Config) -> Merged:
    """What our drop-in holds: the hook and telemetry, but nothing that another file of them has set otherwise."""
    variables = telemetry(config.endpoint)
    merged = add({}, variables, bool(config.token), site=True, command_diff=config.command_diff)
    kept: dict[str, str] = {}
    for path, theirs in sources():
        if path == drop_in():
            continue
        environment = theirs.get("env", {})
        kept |= {
            name: environment[name] for name in variables if environment.get(name, variables[name]) != variables[name]
        }
        if HELPER in theirs and HELPER in merged.settings:
            kept[HELPER] = theirs[HELPER]
    for name in kept:
        merged.settings["env"].pop(name, None)
        merged.settings.pop(name, None)
    return Merged(merged.settings, kept)


def install_site(config: Config) -> Merged:
    """Write the drop-in and the site's configuration, for every user to read. Raises ``SettingsError``.

    The configuration comes first: a hook without it would send elsewhere.
    """
    merged = settings_for(config)
    files = {
        Path(site_config()): dump_config(config).encode(),
        drop_in(): settings_file.dump(merged.settings, like=None),
    }
    with settings_file.undone_on_failure(*files):
        for path, content in files.items():
            if not path.exists() or path.read_bytes() != content:
                settings_file.write(path, content, mode=0o644)
    return merged


def uninstall_site() -> bool:
    """Take both out again, and the folders that leaves empty; false if there was nothing. Raises ``SettingsError``."""
    files = [drop_in(), Path(site_config())]
    there = [path for path in files if path.exists()]
    try:
        for path in there:
            path.unlink()
        for folder in (drop_in().parent, managed_directory(), Path(site_config()).parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        raise settings_file.SettingsError(f"{error.filename} cannot be removed: {error.strerror}.") from error
    return bool(there)
