"""Validate addresses and tokens for Claude Code and the hook."""

import re

from whence_installer.settings.settings_file import SettingsError


def check_endpoint(endpoint: str) -> str:
    """Return the normalized base address of an OTLP/HTTP receiver. Raises ``SettingsError``."""
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", endpoint):
        raise SettingsError(f"{endpoint!r} is not a valid address: write http://HOST:PORT or https://HOST.")
    return endpoint.rstrip("/")


def check_token(token: str) -> str:
    """Return the token if an HTTP header can carry it. Raises ``SettingsError``."""
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise SettingsError("The token contains a space or a character that is not allowed in a header.")
    return token
