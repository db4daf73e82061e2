"""Read the settings file carefully, replace it atomically, and restore it byte for byte."""

import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whence_contract.private_file import write_private
from whence_installer.settings.settings import Settings


class SettingsError(Exception):
    """The settings cannot be changed safely, and were not changed. The message says what to do."""


def settings_path() -> Path:
    """Return the path of the user's Claude Code settings, with links resolved."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")
    return Path(os.path.realpath(os.path.join(folder, "settings.json")))


def read(path: Path) -> bytes | None:
    """Return the content of the file; ``None`` if there is none. Raises ``SettingsError`` if we must not change it."""
    try:
        if hasattr(os, "geteuid") and path.stat().st_uid != os.geteuid():
            raise SettingsError(f"{path} belongs to another user. Run 'whence install' as that user.")
        if not path.is_file():
            raise SettingsError(f"{path} is not a file. Move it away, then try again.")
        if not os.access(path, os.W_OK):
            raise SettingsError(
                f"{path} is read-only. Make it writable, or change the source that it is generated from."
            )
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def parse(content: bytes | None, path: Path) -> Settings:
    """Parse a file's content. Raises ``SettingsError`` for anything that we could not write back unchanged."""
    if content is None or not content.strip():
        return {}
    try:
        settings = json.loads(
            content.decode("utf-8"), object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite
        )
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8. Save it as UTF-8, then try again.") from error
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"{path} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}. Comments and trailing "
            "commas are not JSON either. Fix the file, then try again."
        ) from error
    except RecursionError as error:
        raise SettingsError(f"{path} is nested too deeply. Fix the file, then try again.") from error
    except ValueError as error:
        raise SettingsError(f"{path}: {error}. Fix the file, then try again.") from error
    problem = _shape_problem(settings)
    if problem:
        raise SettingsError(f"{path}: {problem}. Fix the file, then try again.")
    return dict(settings)


def dump(settings: Settings, like: bytes | None) -> bytes:
    """Return the settings as JSON, indented like the file that they replace."""
    text = like.decode("utf-8") if like else ""
    indent = re.search(r"\n([ \t]+)\S", text)
    depth = indent[1] if indent else 2
    end = "\n" if text.endswith("\n") or not text else ""
    try:
        return (json.dumps(settings, indent=depth, ensure_ascii=False) + end).encode("utf-8")
    except UnicodeEncodeError:
        # A lone surrogate can only be written as an escape.
        return (json.dumps(settings, indent=depth) + end).encode("utf-8")


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace the file atomically. An existing file keeps its mode; a new file gets ``mode``, new folders
    the matching one.

    Raises ``SettingsError``.
    """
    try:
        write_private(path, content, path.stat().st_mode & 0o777 if path.exists() else mode)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def undone_on_failure(*paths: Path) -> Iterator[None]:
    """Restore these files if the block raises, then raise its exception again."""
    before = {path: path.read_bytes() if path.is_file() else None for path in paths}
    folders = {folder for path in paths for folder in path.parents if not folder.exists()}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            with suppress(OSError):
                if content is None:
                    path.unlink(missing_ok=True)
                elif path.read_bytes() != content:
                    write(path, content)
        # The deepest first.
        for folder in sorted(folders, reverse=True):
            with suppress(OSError):
                folder.rmdir()
        raise


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is twice in one object, and one of the two would be lost")
    return dict(pairs)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} cannot be written back")
    return number


def _shape_problem(settings: Any) -> str | None:
    """Return how the parts that we change differ from Claude Code's documented format; ``None`` if they do not."""
    if not isinstance(settings, dict):
        return "it does not contain a JSON object"
    hooks, environment = settings.get("hooks", {}), settings.get("env", {})
    if not isinstance(environment, dict):
        return "'env' is not an object"
    if not isinstance(hooks, dict):
        return "'hooks' is not an object"
    for event, groups in hooks.items():
        if not isinstance(groups, list) or not all(
            isinstance(group, dict)
            and isinstance(group.get("hooks", []), list)
            and all(isinstance(entry, dict) for entry in group.get("hooks", []))
            for group in groups
        ):
            return f"'hooks.{event}' is not a list of hook groups"
    return None
