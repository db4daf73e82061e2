"""Who may do what: three tokens, one to ingest, one to read, one to administer (which includes reading).

They are set in the environment, or made by ``whence ledger token``; of those only hashes are kept, in ``tokens.json``
of the ledger's folder.
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
    """What a request wants to do."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class TokenError(Exception):
    """The file of tokens cannot be used; the message says why."""


class Tokens(NamedTuple):
    """The SHA-256 of each token, in hex. Where all three are ``None``, no token is asked for, which is for loopback
    only; where any is set, nobody has a role whose token is ``None``."""

    ingest: str | None = None
    read: str | None = None
    admin: str | None = None

    @classmethod
    def load(cls, environment: Mapping[str, str], data: Path) -> "Tokens":
        """``WHENCE_INGEST_TOKEN``, ``WHENCE_READ_TOKEN`` and ``WHENCE_ADMIN_TOKEN``; else those made for the ledger in
        the folder ``data``. Raises ``TokenError``."""
        made = _read(data / "tokens.json")
        given = ((role, environment.get(f"WHENCE_{role.name}_TOKEN")) for role in Role)
        return cls(*(_hash(token) if token else made.get(role) for role, token in given))

    @property
    def is_open(self) -> bool:
        """True where no token is set: then everybody who can connect has every role."""
        return self == Tokens()

    def missing(self) -> list[Role]:
        """The roles without a token."""
        return [role for role in Role if getattr(self, role) is None]


def make_token(role: Role, data: Path) -> str:
    """A new token for ``role`` of the ledger in the folder ``data``, in place of the one before; its hash is stored.
    Raises ``TokenError``."""
    token = secrets.token_urlsafe(32)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / "tokens.json"
    write_private(path, json.dumps(_read(path) | {role: _hash(token)}))
    return token


def requires(role: Role) -> Callable[[Request], Awaitable[None]]:
    """A FastAPI dependency that lets a request pass that has the role, as the gate has found out."""

    # A plain function would be run in another thread, which takes longer than the look-up.
    async def check(request: Request) -> None:
        if role not in request.scope["whence.roles"]:
            raise refusal(request.app.state.tokens, role)

    return check


def refusal(tokens: Tokens, role: Role) -> HTTPException:
    """The 401 for a request without the role."""
    message = f"This needs the ledger's {role} token."
    if getattr(tokens, role) is None:
        message = f"This ledger has no {role} token yet. Make one with 'whence ledger token {role}' and restart it."
    return HTTPException(401, message, {"WWW-Authenticate": 'Basic realm="whence: any user, the token as password"'})


def roles_of(tokens: Tokens, token: str) -> frozenset[Role]:
    """The roles that a token gives; the admin token gives reading too."""
    return frozenset(role for role in Role if is_allowed(tokens, role, token)) if token else frozenset()


def is_allowed(tokens: Tokens, role: Role, token: str) -> bool:
    """True when the token gives the role; that of the administrator gives reading too."""
    allowed = [tokens.read, tokens.admin] if role is Role.READ else [getattr(tokens, role)]
    given = _hash(token)
    return any(hmac.compare_digest(given, one) for one in allowed if one)


def _hash(token: str) -> str:
    # Random tokens need no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TokenError(f"{path} cannot be read ({error}). Remove it and make the tokens anew.") from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise TokenError(f"{path} holds no tokens. Remove it and make the tokens anew.")
    return content


def given_token(authorization: str) -> str:
    """The token of an ``Authorization`` header: a bearer's, or the password of HTTP basic; else nothing."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
