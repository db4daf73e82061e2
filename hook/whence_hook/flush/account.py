"""Read who is signed in to Claude Code, from its account file."""

import json
import os
from pathlib import Path
from typing import NamedTuple


class Account(NamedTuple):
    """``email``: known for OAuth logins only. ``id``: the anonymous ``user.id`` of Claude Code's telemetry."""

    email: str | None = None
    id: str | None = None


def load_account() -> Account:
    """Read ``.claude.json`` in ``CLAUDE_CONFIG_DIR`` or the home directory; return an empty account if it is
    unreadable."""
    folder = os.environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~")
    try:
        data = json.loads(Path(folder, ".claude.json").read_text(encoding="utf-8"))
        login = data.get("oauthAccount") or {}
        return Account(_text(login.get("emailAddress")), _text(data.get("userID")))
    except (OSError, ValueError, AttributeError):
        return Account()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 320 else None
