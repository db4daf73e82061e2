"""The ledger that an import sends to: query its sessions, and send others."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from whence_client.ledger import Ledger, LedgerError
from whence_contract.address import PlainHTTPError
from whence_contract.units import Nanoseconds
from whence_hook.machine.config import Config

START_SECONDS = 60
SEND_SECONDS = 120
MAX_KNOWN = 100_000
_REJECTED: dict[str, tuple[Any, str]] = {
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
}


class DestinationError(Exception):
    """The ledger did not answer as needed. The message says why and what to do."""


class Destination(NamedTuple):
    """``config``: the ledger's address and token. ``reader``: a connection for queries. ``receiver``: one to send."""

    config: Config
    reader: Ledger
    receiver: Ledger

    def known_sessions(self, first: Nanoseconds, last: Nanoseconds) -> set[str]:
        """Return the ids of the ledger's sessions between two times. Raises ``DestinationError``."""
        period = {
            "from": (_day(first)).isoformat(),
            "to": (_day(last) + timedelta(days=2)).isoformat(),
            "limit": MAX_KNOWN,
        }
        try:
            rows = self.reader.rows("/api/v1/sessions", period, MAX_KNOWN)
        except LedgerError as error:
            raise DestinationError(
                f"{error} Nothing was imported: without the ledger's list of sessions, some could be counted twice."
            ) from error
        if len(rows) >= MAX_KNOWN:
            raise DestinationError(
                f"The ledger has {MAX_KNOWN:,} sessions or more in this period. Import one project at a time."
            )
        return {row["session"] for row in rows}

    def send(self, signal: str, body: bytes) -> int:
        """Send one request; return how many items the ledger refused permanently. Raises ``DestinationError``."""
        response, field = _REJECTED[signal]
        headers = {"Content-Type": "application/x-protobuf"}
        try:
            answer = self.receiver.send("POST", f"/v1/{signal}", data=body, headers=headers, timeout=SEND_SECONDS)
        except LedgerError as error:
            raise DestinationError(f"{error} Then import again: nothing is counted twice.") from error
        if answer.status_code in {401, 403}:
            raise DestinationError(
                "The ledger refuses the ingest token. Set it: 'whence install --endpoint URL --token TOKEN'."
            )
        if answer.status_code != 200:
            raise DestinationError(f"{answer.url} answered {answer.status_code}. Nothing is lost: import again later.")
        return int(getattr(response.FromString(answer.content).partial_success, field))

    def wait(self) -> None:
        """Wait until the ledger answers, for up to a minute: it may have been started at the same time.

        Raises ``DestinationError``.
        """
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.reader.send("GET", "/api/v1/openapi.json")
                return
            except LedgerError as error:
                if time.monotonic() > deadline or isinstance(error.__cause__, PlainHTTPError):
                    raise DestinationError(str(error)) from error
                time.sleep(0.5)


@contextmanager
def open_destination(config: Config, read_token: str | None) -> Iterator[Destination]:
    """Yield connections to the ledger at ``config.endpoint``."""
    with (
        Ledger(config.endpoint, "read", read_token or "", config.plain_http) as reader,
        Ledger(config.endpoint, "ingest", config.token or "", config.plain_http) as receiver,
    ):
        yield Destination(config, reader, receiver)


def _day(moment: Nanoseconds) -> datetime:
    return datetime.fromtimestamp(moment / 1e9, UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
