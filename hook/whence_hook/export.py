"""Export: spans and metrics over OTLP/HTTP, and a plain answer whether they were accepted.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import ipaddress
import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from whence_hook.config import Config

TIMEOUT_SECONDS = 10


class ExportError(Exception):
    """The receiver did not accept a request; the message says what it answered and what to do."""


def export(config: Config, spans: Sequence[ReadableSpan], metrics: MetricsData | None) -> None:
    """Send both signals; returns only when all of it was accepted. Raises ``ExportError``."""
    # The exporters log each failed attempt; what they say is in our own error.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    headers = {"Authorization": f"Bearer {config.token}"} if config.token else {}
    with _Session(config.endpoint) as session:
        span_exporter = OTLPSpanExporter(
            f"{config.endpoint.rstrip('/')}/v1/traces",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            compression=Compression.Gzip,
            session=session,
        )
        if span_exporter.export(spans) is not SpanExportResult.SUCCESS:
            raise ExportError(f"{config.endpoint}/v1/traces: {session.problem()}")
        if metrics is None:
            return
        metric_exporter = OTLPMetricExporter(
            f"{config.endpoint.rstrip('/')}/v1/metrics",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            compression=Compression.Gzip,
            session=session,
        )
        if metric_exporter.export(metrics) is not MetricExportResult.SUCCESS:
            raise ExportError(f"{config.endpoint}/v1/metrics: {session.problem()}")


def is_loopback(url: str) -> bool:
    """True when ``url`` names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Session(requests.Session):
    """A session that remembers the last answer, follows no redirect, and adds no credentials of its own."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        # A redirected POST becomes a GET, and a sign-in page would answer it with 200.
        self.max_redirects = 0
        # A token from ~/.netrc would replace ours.
        self.auth = lambda request: request
        # Proxies are for other machines.
        self.trust_env = not is_loopback(endpoint)
        self.last: requests.Response | Exception | None = None

    def send(self, request: requests.PreparedRequest, **kwargs: object) -> requests.Response:
        try:
            self.last = super().send(request, **kwargs)  # type: ignore[arg-type]
        except requests.TooManyRedirects as error:
            self.last = error
            raise requests.RequestException("redirected") from error
        except Exception as error:
            self.last = error
            raise
        return self.last

    def problem(self) -> str:
        match self.last:
            case requests.Response(status_code=401 | 403 as code):
                return f"answered {code}: the token is missing or wrong. Run 'whence install --token TOKEN'."
            case requests.Response(status_code=code, reason=reason):
                return f"answered {code} {reason}."
            case requests.TooManyRedirects():
                return "redirects. Give the address it redirects to: 'whence install --endpoint URL'."
            case None:
                return "the request could not be built."
            case error:
                return f"cannot be reached ({type(error).__name__})."
