"""The ledger as an import sees it: which sessions it knows, and where the others go."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import truststore
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from whence_contract.address import PlainHTTPError, authorization, route
from whence_hook.machine.config import Config

START_SECONDS = 60
MAX_KNOWN = 100_000
_REJECTED: dict[str, tuple[Any, str]] = {
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
}


class DestinationError(Exception):
    """The ledger did not take part; the message says why and what to do."""


class Destination(NamedTuple):
    """``config``: where it is, and its ingest token. ``read_token``: what it wants for reports."""

    config: Config
    read_token: str | None
    client: httpx.Client

    def known_sessions(self, first: int, last: int) -> set[str]:
        """The sessions that it knows between two moments, in nanoseconds since 1970. Raises ``DestinationError``."""
        period = {
            "from": (_day(first)).isoformat(),
            "to": (_day(last) + timedelta(days=2)).isoformat(),
            "limit": MAX_KNOWN,
        }
        answer = self._request("GET", "/api/v1/sessions", self.read_token, params=period)
        if answer.status_code in {401, 403}:
            raise DestinationError("The ledger wants its read token: put it into WHENCE_READ_TOKEN.")
        if answer.status_code != 200:
            raise DestinationError(
                f"{self.config.endpoint} cannot tell which sessions it knows ({answer.status_code}): past sessions "
                "can be imported into a whence ledger only, or they would count twice."
            )
        rows = answer.json()
        if len(rows) >= MAX_KNOWN:
            raise DestinationError("The ledger knows too many sessions of that time to compare: import fewer at once.")
        return {row["session"] for row in rows}

    def send(self, signal: str, body: bytes) -> int:
        """Send one request; how many items of it were refused for good. Raises ``DestinationError``."""
        response, field = _REJECTED[signal]
        headers = {"Content-Type": "application/x-protobuf"}
        answer = self._request("POST", f"/v1/{signal}", self.config.token, content=body, headers=headers)
        if answer.status_code in {401, 403}:
            raise DestinationError(
                "The ledger refuses the ingest token: 'whence install --endpoint URL --token TOKEN'."
            )
        if answer.status_code != 200:
            raise DestinationError(f"{answer.url} answered {answer.status_code}. Nothing is lost: import again later.")
        return int(getattr(response.FromString(answer.content).partial_success, field))

    def wait(self) -> None:
        """Until it answers; a while, because it may have been started at the same time. Raises ``DestinationError``."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client.get(f"{self.config.endpoint}/api/v1/openapi.json")
                return
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise DestinationError(
                        f"No ledger answers at {self.config.endpoint} ({type(error).__name__}). Start one: whence serve"
                    ) from error
                time.sleep(0.5)

    def _request(self, method: str, path: str, token: str | None, **more: object) -> httpx.Response:
        try:
            headers = authorization(self.config.endpoint, token, self.config.plain_http)
            headers |= more.pop("headers", {})  # type: ignore[call-overload]
            return self.client.request(method, self.config.endpoint + path, headers=headers, **more)  # type: ignore[arg-type]
        except PlainHTTPError as error:
            raise DestinationError(str(error)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DestinationError(
                f"The ledger at {self.config.endpoint} broke off ({type(error).__name__}). Import again: what it has "
                "already counts once."
            ) from error


@contextmanager
def open_destination(config: Config, read_token: str | None) -> Iterator[Destination]:
    """The ledger at ``config.endpoint``."""
    truststore.inject_into_ssl()
    with httpx.Client(timeout=120, **route(config.endpoint)) as client:
        yield Destination(config, read_token, client)


def _day(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1e9, UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
