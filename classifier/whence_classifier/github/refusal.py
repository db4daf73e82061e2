"""Explain why GitHub refused a request, and whether waiting helps.

Refusals that concern one repository, from public issue trackers:

- 403, SAML of an organization: https://github.com/gr2m/octokit-plugin-create-pull-request/issues/67
- 403, IP allow list: https://github.com/SalesforceFoundation/NPSP/issues/7247
- 403, lifetime of the token: https://github.com/NixOS/org/issues/247
- 403, no classic tokens: https://github.com/refined-github/refined-github/issues/6951
- 403, terms of service: https://github.com/caarlos0/fork-cleaner/issues/99
- 451, DMCA: https://github.com/github/rest-api-description/issues/3314
"""

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, NamedTuple

SECONDARY_LIMIT_SECONDS = 60.0
"""How long to wait if GitHub does not say: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately"""
MAX_SECONDS = 4e9
"""The latest time, and the longest duration, accepted from a header."""


class Reach(Enum):
    """The scope of a refusal."""

    REQUEST = "this request; others may be answered"
    OUTAGE = "every request, while GitHub fails or cannot be reached"
    LIMIT = "every request, until the rate limit is reset"
    CREDENTIALS = "every request with these credentials"


class Refusal(NamedTuple):
    """Why a request was not answered.

    ``problem``: what happened and what to do. ``reason``: GitHub's own message, or the status. ``wait``: seconds until
    the same request may succeed, 0 for never.
    """

    reach: Reach
    problem: str
    reason: str
    wait: float = 0.0


def refusal(url: str, status: int, headers: Mapping[str, str], content: bytes | Any) -> Refusal:
    """Explain a refusal. ``headers``: names in lower case. ``content``: bytes or parsed JSON."""
    body = _decoded(content) if isinstance(content, bytes) else content
    message = message_of(body)
    reason = f"{status}: {message}{_block(body)}" if message else str(status)
    limited = status in {403, 429} and _is_limit(status, message, headers)
    problem = _explained(url, status, message, headers, limited)
    if status == 401 or "account was suspended" in message or "installation has been suspended" in message:
        return Refusal(Reach.CREDENTIALS, problem, reason)
    if status >= 500:
        return Refusal(Reach.OUTAGE, problem, reason, _retry_after(headers) or 0.5)
    if limited:
        return Refusal(Reach.LIMIT, problem, reason, _limit_seconds(headers))
    return Refusal(Reach.REQUEST, problem, reason)


def sso_place(headers: Mapping[str, str]) -> str:
    """Return the address at which to authorize a token for SAML single sign-on; empty if GitHub does not require it."""
    # The query is a secret: it lets anyone who has it authorize.
    return headers.get("x-github-sso", "").partition("url=")[2].partition("?")[0]


def message_of(body: Any) -> str:
    """Return GitHub's error message in one short printable line."""
    message = body.get("message") if isinstance(body, dict) else ""
    line = " ".join(message.split()) if isinstance(message, str) else ""
    return "".join(character for character in line if character.isprintable())[:300]


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _block(body: Any) -> str:
    """Return why a repository is blocked, and the URL of the notice."""
    block = body.get("block") if isinstance(body, dict) else None
    if not isinstance(block, dict):
        return ""
    said = [message_of({"message": block.get(name)}) for name in ("reason", "html_url")]
    return f" ({', '.join(filter(None, said))})" if any(said) else ""


def _is_limit(status: int, message: str, headers: Mapping[str, str]) -> bool:
    """Return whether a rate limit caused the refusal. The last request within a limit may fail for other reasons.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    if status == 429 or "retry-after" in headers or "rate limit" in message.lower():
        return True
    return headers.get("x-ratelimit-remaining") == "0" and not message


def _limit_seconds(headers: Mapping[str, str]) -> float:
    if retry := _retry_after(headers):
        return retry
    if headers.get("x-ratelimit-remaining") == "0" and "x-ratelimit-reset" in headers:
        return max(1.0, _number(headers.get("x-ratelimit-reset")) - time.time() + 1)
    return SECONDARY_LIMIT_SECONDS


def _retry_after(headers: Mapping[str, str]) -> float:
    """Parse Retry-After: seconds, or the date that a proxy may send instead (RFC 9110, section 10.2.3)."""
    value = headers.get("retry-after", "")
    if seconds := _number(value):
        return seconds
    try:
        return min(MAX_SECONDS, max(0.0, parsedate_to_datetime(value).timestamp() - time.time()))
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _number(value: str | None) -> float:
    return min(float(value), MAX_SECONDS) if value and value.isascii() and value.isdigit() else 0.0


def _explained(url: str, status: int, message: str, headers: Mapping[str, str], limited: bool) -> str:
    said = f" It says: {message}" if message else ""
    if "x-github-sso" in headers:
        place = sso_place(headers) or "the settings of the token"
        return f"{url} requires the token to be authorized for SAML single sign-on ({status}). Authorize it at {place}."
    if "installation has been suspended" in message:
        return f"The installation of the GitHub App is suspended ({status}). Ask an owner to unsuspend it."
    if "IP allow list" in message:
        return f"The organization does not allow this IP address ({status}): add it to its IP allow list."
    if limited:
        until = _number(headers.get("x-ratelimit-reset"))
        clock = time.strftime(" until %H:%M UTC", time.gmtime(until)) if until else ""
        return f"The rate limit of {url} is used up{clock} ({status}). Run this again then."
    if status == 401:
        return f"{url} refused the token (401): it is wrong, expired or revoked. Use a valid one."
    if status == 403:
        return f"{url} refused (403): the token may lack a permission.{said}"
    return f"{url} answered {status}.{said}"
