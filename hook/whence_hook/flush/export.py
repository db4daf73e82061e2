"""Export spans and metrics over OTLP/HTTP, and report whether the receiver accepted them.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import requests
import truststore
from google.protobuf.message import DecodeError, Message
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from whence_contract.address import PlainHTTPError, authorization, goes_direct
from whence_hook.machine.config import Config
from whence_hook.machine.error import HookError

TIMEOUT_SECONDS = 10


class Refusal(NamedTuple):
    """How many spans or data points the receiver refused permanently, and why."""

    items: int
    message: str


def export(config: Config, spans: Sequence[ReadableSpan], metrics: MetricsData | None) -> list[Refusal]:
    """Send both signals; return only when both were accepted. Raises ``HookError``.

    Return what the receiver reported about items that it refused permanently (OTLP's partial success): they must not
    be sent again.
    """
    # The exporters log each failed attempt; our own error says the same.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    # Trust a company's own certificate authority if the machine trusts it.
    truststore.inject_into_ssl()
    base = config.endpoint.rstrip("/")
    try:
        headers = authorization(config.endpoint, config.token, config.plain_http)
    except PlainHTTPError as error:
        raise HookError(f"{error} Then run 'whence install' again.") from error
    with _Session(config.endpoint) as session:
        options: dict[str, Any] = {
            "headers": headers,
            "timeout": TIMEOUT_SECONDS,
            "compression": Compression.Gzip,
            "session": session,
        }
        if OTLPSpanExporter(f"{base}/v1/traces", **options).export(spans) is not SpanExportResult.SUCCESS:
            raise HookError(f"{base}/v1/traces: {session.problem()}")
        refused = [session.refused(ExportTraceServiceResponse)]
        if metrics is not None:
            if OTLPMetricExporter(f"{base}/v1/metrics", **options).export(metrics) is not MetricExportResult.SUCCESS:
                raise HookError(f"{base}/v1/metrics: {session.problem()}")
            refused.append(session.refused(ExportMetricsServiceResponse))
    return [refusal for refusal in refused if refusal]


class _Session(requests.Session):
    """A session that stores the last response, follows no redirects, and adds no credentials."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        # A redirected POST becomes a GET, and a sign-in page would answer it with 200.
        self.max_redirects = 0
        # A token from ~/.netrc would replace ours.
        self.auth = lambda request: request
        self.trust_env = not goes_direct(endpoint)
        self.last: requests.Response | Exception | None = None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send one request; treat a response that breaks off before its first header as none."""
        try:
            self.last = super().send(request, **kwargs)
            if not self.last.headers:
                raise requests.ConnectionError("The response broke off.")
        except requests.TooManyRedirects as error:
            self.last = error
            raise requests.RequestException("redirected") from error
        except Exception as error:
            self.last = error
            raise
        return self.last

    def refused(self, response_type: type[Message]) -> Refusal | None:
        """Return the items that the last response refused although it accepted the request; ``None`` if there are
        none."""
        if not isinstance(self.last, requests.Response) or "protobuf" not in self.last.headers.get("Content-Type", ""):
            return None
        try:
            answer: Any = response_type.FromString(self.last.content)
        except DecodeError:
            return None
        fields = {field.name: value for field, value in answer.partial_success.ListFields()}
        count = sum(value for name, value in fields.items() if name.startswith("rejected_"))
        reason = str(fields.get("error_message", ""))[:300]
        return Refusal(count, f"{self.last.url} refused {count}: {reason}") if count else None

    def problem(self) -> str:
        """Return why the last request failed, and what to do."""
        match self.last:
            case requests.Response(status_code=401 | 403 as code):
                return f"answered {code}: the token is missing or wrong. Run 'whence install --token TOKEN'."
            case requests.Response(status_code=code, reason=reason):
                return f"answered {code} {reason}."
            case requests.TooManyRedirects():
                return "redirects. Use the address it redirects to: 'whence install --endpoint URL'."
            case None:
                return "the request could not be built."
            case error:
                return f"cannot be reached ({type(error).__name__})."
