"""Authorize requests by three tokens: ingest, read and admin. The admin token also allows reading.

Tokens come from the environment, or from ``whence ledger token``, which stores only their hashes, in ``tokens.json`` in
the ledger's folder.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request

from whence_contract.private_file import write_private


class Role(StrEnum):
    """What a request is allowed to do."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class TokenError(Exception):
    """tokens.json is invalid; the message says why."""


class Tokens(NamedTuple):
    """The SHA-256 of each token, in hex. If all three are ``None``, requests need no token (loopback only). If any is
    set, a role whose token is ``None`` is denied to everyone."""

    ingest: str | None = None
    read: str | None = None
    admin: str | None = None

    @classmethod
    def load(cls, environment: Mapping[str, str], data: Path) -> "Tokens":
        """Load the tokens from ``WHENCE_INGEST_TOKEN``, ``WHENCE_READ_TOKEN`` and ``WHENCE_ADMIN_TOKEN``, else from
        ``tokens.json`` in the folder ``data``. Raises ``TokenError``."""
        made = _read(data / "tokens.json")
        # A secret that was made of a file ends with its newline.
        given = ((role, environment.get(f"WHENCE_{role.name}_TOKEN", "").strip()) for role in Role)
        return cls(*(_hash(token) if token else made.get(role) for role, token in given))

    @property
    def is_open(self) -> bool:
        """Return whether no token is set; then every client has every role."""
        return self == Tokens()

    def missing(self) -> list[Role]:
        """Return the roles without a token."""
        return [role for role in Role if getattr(self, role) is None]

    def shared(self) -> list[Role]:
        """Return the other roles that have the token of machines that send telemetry."""
        return [role for role in (Role.READ, Role.ADMIN) if self.ingest and getattr(self, role) == self.ingest]


def make_token(role: Role, data: Path) -> str:
    """Create a token for ``role``, store its hash in the folder ``data``, and return it. The previous token of the role
    is replaced. Raises ``TokenError``."""
    token, path = secrets.token_urlsafe(32), data / "tokens.json"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, json.dumps(_read(path) | {role: _hash(token)}))
    except OSError as error:
        raise TokenError(
            f"Cannot write {path}: {error.strerror}. Run whence as the user who serves the ledger, or choose another "
            "folder with --data."
        ) from error
    return token


def requires(role: Role) -> Callable[[Request], Awaitable[None]]:
    """Return a FastAPI dependency that raises 401 unless the gate has given the request the role."""

    # FastAPI runs plain functions in a thread, which takes longer than the check.
    async def check(request: Request) -> None:
        if role not in request.scope["whence.roles"]:
            raise refusal(request.app.state.tokens, role)

    return check


def refusal(tokens: Tokens, role: Role) -> HTTPException:
    """Return the 401 for a request without the role."""
    message = f"This needs the ledger's {role} token."
    if getattr(tokens, role) is None:
        message = f"This ledger has no {role} token yet. Create one with 'whence ledger token {role}' and restart it."
    return HTTPException(401, message, {"WWW-Authenticate": 'Basic realm="whence: any user, the token as password"'})


def roles_of(tokens: Tokens, token: str) -> frozenset[Role]:
    """Return the roles that a token grants; the admin token also grants reading."""
    return frozenset(role for role in Role if is_allowed(tokens, role, token)) if token else frozenset()


def is_allowed(tokens: Tokens, role: Role, token: str) -> bool:
    """Return whether the token grants the role; the admin token also grants reading."""
    allowed = [tokens.read, tokens.admin] if role is Role.READ else [getattr(tokens, role)]
    given = _hash(token)
    return any(hmac.compare_digest(given, one) for one in allowed if one)


def _hash(token: str) -> str:
    # Random tokens need no slow hash: they cannot be guessed.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TokenError(f"Cannot read {path} ({error}). Remove it and create the tokens again.") from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise TokenError(f"{path} is not a token file. Remove it and create the tokens again.")
    return content


def given_token(authorization: str) -> str:
    """Return the token in an ``Authorization`` header (bearer token or basic-auth password), or ``""``."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
