"""Export labels as the metric ``claude_code.repository.info``, for PromQL backends.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import gzip
import time
from collections.abc import Mapping, Sequence
from itertools import islice

import requests
from opentelemetry.util.re import parse_env_headers

from whence_classifier.error import ClassifierError
from whence_classifier.judge import Judgement
from whence_contract import otlp
from whence_contract.address import PLAIN_HTTP, allows_plain_http, exposes_token, goes_direct
from whence_contract.units import Nanoseconds

METRIC = "claude_code.repository.info"
BATCH = 5000
TIMEOUT_SECONDS = 30
_SOURCE = otlp.Source("whence.classifier", (("service.name", "whence-classifier"),))


def export(url: str, judgements: Sequence[Judgement], environment: Mapping[str, str]) -> None:
    """Send one data point of value 1 per repository, with ``repository`` and ``repo_type``.

    Uses the headers in ``OTEL_EXPORTER_OTLP_HEADERS``. Raises ``ClassifierError``.
    """
    headers = parse_env_headers(environment.get("OTEL_EXPORTER_OTLP_HEADERS", ""), liberal=True)
    endpoint = f"{url.rstrip('/').removesuffix('/v1/metrics')}/v1/metrics"
    if headers and exposes_token(url) and not allows_plain_http(environment):
        raise ClassifierError(
            f"OTEL_EXPORTER_OTLP_HEADERS would be sent unencrypted to {url}: nothing was sent. Use an https:// "
            f"address, or set {PLAIN_HTTP}=1 to allow plain HTTP."
        )
    sent = {**headers, "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    rest = iter(judgements)
    with requests.Session() as session:
        session.trust_env = not goes_direct(endpoint)
        while batch := list(islice(rest, BATCH)):
            body = gzip.compress(_request(batch))
            _send(session, endpoint, body, sent)


def _send(session: requests.Session, endpoint: str, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        answer = session.post(endpoint, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        raise ClassifierError(f"Cannot reach {endpoint} ({type(error).__name__}).") from error
    if answer.status_code != 200:
        raise ClassifierError(f"{endpoint} answered {answer.status_code} to the metric {METRIC}.")


def _request(judgements: Sequence[Judgement]) -> bytes:
    none, now = Nanoseconds(0), Nanoseconds(time.time_ns())
    points = (
        otlp.Point(METRIC, (("repository", one.repository.display), ("repo_type", one.label.value)), none, now, 1)
        for one in judgements
    )
    return otlp.encode_gauge(_SOURCE, "The label of a repository.", "1", points)
