"""Read GitHub credentials, a token or a GitHub App's key, from the environment or files; never from arguments."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from github import Auth

from whence_classifier.error import ClassifierError

MAX_BYTES = 64 * 1024


class App(NamedTuple):
    """A GitHub App: its id, and its private key as PEM."""

    id: str
    key: str


def credentials(
    environment: Mapping[str, str], token_file: Path | None, app_id: str | None, key: Path | None
) -> str | App:
    """Return the token or the App to use. Raises ``ClassifierError``."""
    if app_id or key:
        if not app_id or not key:
            raise ClassifierError("A GitHub App needs both --app-id and --app-key.")
        return App(app_id, _secret(key))
    token = _secret(token_file) if token_file else environment.get("GITHUB_TOKEN", "").strip()
    if not token:
        raise ClassifierError(
            "GITHUB_TOKEN is not set. Set it to a token that may list repositories, or use --token-file, or "
            "--app-id and --app-key."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ClassifierError("The GitHub token contains invalid characters.")
    return token


def authentication(credentials: str | App) -> Auth.Token | Auth.AppAuth:
    """Return the credentials for PyGithub. Raises ``ClassifierError``."""
    if isinstance(credentials, str):
        return Auth.Token(credentials)
    try:
        auth = Auth.AppAuth(credentials.id, credentials.key)
        auth.create_jwt()
    except Exception:
        # The original error would show the key.
        raise ClassifierError(
            "--app-key is not a private key of a GitHub App (PEM). Generate one in the App's settings."
        ) from None
    return auth


def _secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ClassifierError(f"{path} cannot be read ({error.strerror}).") from error
    # Group-readable is allowed: Kubernetes mounts secrets that way.
    if os.name == "posix" and mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise ClassifierError(f"Other users can read or change {path}. Run: chmod 600 {path}")
    try:
        secret = content.decode("ascii").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(content) > MAX_BYTES:
        raise ClassifierError(f"{path} does not contain a usable secret.")
    return secret
