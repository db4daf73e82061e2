"""Who may do what: three tokens, one to ingest, one to read, one to administer (which includes reading)."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request


class Role(StrEnum):
    """What a request wants to do."""

    INGEST = "ingest"
    READ = "read"
    ADMIN = "admin"


class Tokens(NamedTuple):
    """``None``: no token is asked for, which is for loopback only."""

    ingest: str | None = None
    read: str | None = None
    admin: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Tokens":
        """Read ``WHENCE_INGEST_TOKEN``, ``WHENCE_READ_TOKEN`` and ``WHENCE_ADMIN_TOKEN``."""
        return cls(*(environment.get(f"WHENCE_{role.name}_TOKEN") or None for role in Role))

    def missing(self) -> list[str]:
        """The variables of the tokens that are not set."""
        return [f"WHENCE_{role.name}_TOKEN" for role in Role if getattr(self, role) is None]


def requires(role: Role) -> Callable[[Request], None]:
    """A FastAPI dependency that lets a request pass that has the role: bearer token, or as password of HTTP basic."""

    def check(request: Request) -> None:
        tokens: Tokens = request.app.state.tokens
        allowed = [tokens.read, tokens.admin] if role is Role.READ else [getattr(tokens, role)]
        if getattr(tokens, role) is None:
            return
        given = _given_token(request.headers.get("authorization", "")).encode()
        if not any(hmac.compare_digest(given, token.encode()) for token in allowed if token):
            raise HTTPException(
                401,
                f"This needs the ledger's {role} token.",
                {"WWW-Authenticate": 'Basic realm="whence: any user, the token as password"'},
            )

    return check


def _given_token(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
