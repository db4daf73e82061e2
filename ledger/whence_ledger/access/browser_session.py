"""Browser sessions: a signed cookie, and a list of the sessions that signed out."""

import hashlib
import json
import logging
import secrets
import threading
import time
from pathlib import Path
from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer

from whence_contract.private_file import write_private
from whence_ledger.access.auth import Role, Tokens

COOKIE = "whence_session"
SECONDS = 12 * 60 * 60
_MAX_LENGTH = 512

_log = logging.getLogger(__name__)


class Session(NamedTuple):
    """A sign-in. ``role``: read or admin. ``ends``: seconds since 1970."""

    id: str
    role: Role
    ends: float


class Sessions:
    """Starts, reads and ends sessions. New tokens end all sessions; a restart ends none."""

    def __init__(self, tokens: Tokens, path: Path | None) -> None:
        """``path``: the file with the signing key and the ids of ended sessions; ``None`` keeps them in memory."""
        self._path = path
        self._writing = threading.Lock()
        self._key, self._ended = _load(path)
        secret, digest = f"{self._key} {tokens.read} {tokens.admin}", {"digest_method": hashlib.sha256}
        self._signer = URLSafeTimedSerializer(secret, salt="whence session", signer_kwargs=digest)

    def begin(self, role: Role) -> str:
        """Start a session; return the value of its cookie."""
        if self._path and not self._path.exists():
            with self._writing:
                self._save()
        return str(self._signer.dumps([secrets.token_urlsafe(16), role.value]))

    def read(self, cookie: str) -> Session | None:
        """Return the session of a cookie; ``None`` if it is forged, expired or signed out."""
        if not cookie or len(cookie) > _MAX_LENGTH:
            return None
        try:
            (name, role), begun = self._signer.loads(cookie, max_age=SECONDS, return_timestamp=True)
            session = Session(str(name), Role(role), begun.timestamp() + SECONDS)
        except (BadData, ValueError, TypeError):
            return None
        return session if self.is_active(session) else None

    def is_active(self, session: Session) -> bool:
        """Return true until the session expires or is signed out."""
        return session.id not in self._ended and time.time() < session.ends

    def end(self, session: Session) -> None:
        """Sign a session out permanently; its cookie is rejected from now on."""
        with self._writing:
            now = time.time()
            self._ended = {name: ends for name, ends in self._ended.items() if ends > now} | {session.id: session.ends}
            self._save()

    def _save(self) -> None:
        if self._path:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._path, json.dumps({"key": self._key, "ended": self._ended}))


def _load(path: Path | None) -> tuple[str, dict[str, float]]:
    """Read the key and the ended sessions. Without a usable file, return a new key, which ends every session."""
    try:
        data = json.loads(path.read_text(encoding="utf-8")) if path else {}
        key, ended = data["key"], data["ended"]
        if isinstance(key, str) and len(key) >= 32:
            return key, {str(name): float(ends) for name, ends in ended.items()}
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        if path:
            _log.warning("%s is damaged and was deleted; all users must sign in again", path)
            path.unlink(missing_ok=True)
    return secrets.token_urlsafe(32), {}
