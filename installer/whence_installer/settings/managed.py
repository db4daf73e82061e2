"""Claude Code's managed settings: our drop-in file, beside the files of administrators and other tools.

https://docs.anthropic.com/en/docs/claude-code/settings ("Managed settings"): Claude Code reads
``managed-settings.json``, then ``managed-settings.d/*.json`` in the order of their names; later files override earlier
ones.
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
    """Return the folder of this machine's managed settings."""
    if sys.platform == "win32":
        return Path(r"C:\Program Files\ClaudeCode")
    return Path("/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code")


def drop_in() -> Path:
    """Return the path of our drop-in file."""
    return managed_directory() / "managed-settings.d" / DROP_IN


def sources() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the path and content of every managed settings file, in Claude Code's order.

    Raises ``SettingsError`` if one cannot be read or parsed.
    """
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
    """Return the content of our drop-in: the hook and telemetry, without values that another file sets differently."""
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
    """Write the site's configuration and the drop-in, readable by every user; return the merged settings.

    The configuration is written first, because a hook without it would send to the default endpoint. Raises
    ``SettingsError``.
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
    """Delete the drop-in, the site's configuration and folders that are then empty; return whether there was a file.

    Raises ``SettingsError``.
    """
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
