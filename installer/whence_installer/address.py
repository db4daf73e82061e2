"""Addresses and tokens that Claude Code and the hook can use."""

import re

from whence_installer.settings.settings_file import SettingsError


def check_endpoint(endpoint: str) -> str:
    """The base address of an OTLP/HTTP receiver, as it is written down. Raises ``SettingsError``."""
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", endpoint):
        raise SettingsError(f"{endpoint!r} is no address: write http://HOST:PORT or https://HOST.")
    return endpoint.rstrip("/")


def check_token(token: str) -> str:
    """A token that a header can carry. Raises ``SettingsError``."""
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise SettingsError("The token holds a space or a character that no header can carry.")
    return token
