"""The hook's configuration: where attribution spans go. Written by ``whence install``, read by ``flush``."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import platformdirs

from whence_hook.error import HookError

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"


class Config(NamedTuple):
    """``endpoint``: base URL of an OTLP/HTTP receiver. ``token``: its bearer token, if it wants one."""

    endpoint: str = DEFAULT_ENDPOINT
    token: str | None = None


def config_path() -> Path:
    """The user's configuration file, in the platform's configuration directory."""
    return Path(platformdirs.user_config_dir("whence", appauthor=False)) / "config.json"


def load_config() -> Config:
    """Read the configuration; the defaults where there is none. Raises ``HookError`` for a file that is not ours."""
    path = config_path()
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, ValueError) as error:
        raise HookError(f"{path}: cannot be read ({error}). Run 'whence install' to write it anew.") from error
    endpoint, token = (data.get("endpoint"), data.get("token")) if isinstance(data, dict) else (None, None)
    if not isinstance(endpoint, str) or not (token is None or isinstance(token, str)):
        raise HookError(f"{path}: has no valid endpoint and token. Run 'whence install' to write it anew.")
    return Config(endpoint, token)


def save_config(config: Config) -> None:
    """Write the configuration, atomically, readable by its owner only."""
    write_private(config_path(), json.dumps(config._asdict(), indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by a file that holds ``text``, mode 0600, in one step that survives a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
