"""The hook's configuration: where attribution spans go. Written by ``whence install``, read by ``flush``.

The site's configuration, if there is one, takes precedence over the user's.
"""

import json
from pathlib import Path
from typing import NamedTuple

import platformdirs

from whence_contract.private_file import write_private
from whence_hook.machine.error import HookError
from whence_hook.machine.site import site_config

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"


class Config(NamedTuple):
    """``endpoint``: base URL of an OTLP/HTTP receiver. ``token``: its bearer token, if it requires one.
    ``session_repo_info``: whether to send the gauge of that name too, for dashboards that are built on it.
    ``plain_http``: whether the token may go to another machine over plain http.
    ``command_diff``: whether Claude Code reports which files a command changed."""

    endpoint: str = DEFAULT_ENDPOINT
    token: str | None = None
    session_repo_info: bool = False
    plain_http: bool = False
    command_diff: bool = False


def config_path() -> Path:
    """Return the path of the user's configuration file, in the platform's configuration directory."""
    return Path(platformdirs.user_config_dir("whence", appauthor=False)) / "config.json"


def load_config() -> Config:
    """Read the site's configuration, else the user's; return the defaults if there is neither. Raises ``HookError``
    if the file is invalid."""
    for path in (Path(site_config()), config_path()):
        try:
            return read_config(path)
        except FileNotFoundError:
            continue
    return Config()


def read_config(path: Path) -> Config:
    """Read one configuration file. Raises ``HookError``, and ``FileNotFoundError`` if there is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise HookError(f"{path}: cannot be read ({error}). Run 'whence install' to write it again.") from error
    endpoint, token = (data.get("endpoint"), data.get("token")) if isinstance(data, dict) else (None, None)
    if not isinstance(endpoint, str) or not (token is None or isinstance(token, str)):
        raise HookError(f"{path}: has no valid endpoint and token. Run 'whence install' to write it again.")
    flags = (data.get(name) is True for name in ("session_repo_info", "plain_http", "command_diff"))
    return Config(endpoint, token, *flags)


def dump_config(config: Config) -> str:
    """Return the content of a configuration file."""
    known = {name: value for name, value in config._asdict().items() if value is not False}
    return json.dumps(known, indent=2) + "\n"


def save_config(config: Config) -> None:
    """Write the user's configuration, atomically, readable by its owner only."""
    write_private(config_path(), dump_config(config))
