"""Check telemetry over gRPC: it goes to another port, and Claude Code takes the token from its settings only.

Seen with Claude Code 2.1.332; see also https://github.com/anthropics/claude-code/issues/86814.
"""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from whence_contract.address import exposes_token
from whence_hook.machine.config import Config
from whence_installer.doctor.check import Check

PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
_SECONDS = 10


def check(environment: Mapping[str, Any], config: Config) -> Check:
    """Check address and token of Claude Code's telemetry over gRPC."""
    endpoint = str(environment.get(ENDPOINT, ""))
    parts, ledger = _split(endpoint), _split(config.endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.hostname != ledger.hostname:
        found = f"{ENDPOINT} is {endpoint or 'not set'}, which is not on {ledger.hostname}"
        return Check("telemetry", False, found, f"Set it to {ledger.scheme}://{ledger.hostname}:4317.")
    if config.token and config.token != _bearer(str(environment.get(HEADERS, ""))):
        found = f"over gRPC, Claude Code sends only the token in {HEADERS}, which does not have the ledger's"
        return Check("telemetry", False, found, f"Set {HEADERS} to 'authorization=Bearer TOKEN', or use http/protobuf.")
    if config.token and exposes_token(endpoint) and not config.plain_http:
        found = f"{endpoint} is not encrypted and exposes the token"
        return Check("telemetry", False, found, "Put a TLS proxy in front and use its https:// address.")
    try:
        # 443 is what Claude Code's exporter takes for an address without a port.
        socket.create_connection((parts.hostname, parts.port or 443), timeout=_SECONDS).close()
    except OSError as error:
        hint = "Start the ledger with 'whence serve --grpc-port 4317'."
        return Check("telemetry", False, f"cannot reach {endpoint} ({type(error).__name__})", hint)
    return Check("telemetry", True, f"metrics and events go to {endpoint} over gRPC")


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; none if it is malformed."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _bearer(headers: str) -> str:
    """Return the token in a value of ``HEADERS``: ``name=value,…``, percent-encoded."""
    for header in headers.split(","):
        name, _, value = header.partition("=")
        scheme, _, token = unquote(value).strip().partition(" ")
        if name.strip().lower() == "authorization" and scheme.lower() == "bearer":
            return token.strip()
    return ""
