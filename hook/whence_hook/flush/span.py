"""Convert activities to spans and to the metric.

Ids are derived from the records, so a batch that is sent twice produces the same spans and data points.
"""

import hashlib
import time
from collections.abc import Iterable, Sequence

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags

from whence_contract import __version__
from whence_contract import attribute as a
from whence_contract.units import Nanoseconds
from whence_hook.flush.account import Account
from whence_hook.flush.activity import Activity
from whence_hook.flush.checkout import Checkout
from whence_hook.record.touch import COMMAND, EDIT, READ, SEARCH

_RESOURCE = Resource({"service.name": "whence-hook", "service.version": __version__})
_SCOPE = InstrumentationScope(a.SCOPE, __version__)

Attributes = dict[str, str | bool | int | tuple[str, ...]]


def span(activity: Activity, checkout: Checkout | None, account: Account) -> ReadableSpan:
    """Return the ``repository.activity`` span. ``checkout``: ``None`` for an activity outside every repository."""
    agent = [activity.agent] if activity.agent else []
    context = SpanContext(
        trace_id=_derive(16, activity.session),
        span_id=_derive(8, activity.session, activity.prompt or "", *(activity.root or ("",)), activity.first, *agent),
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return ReadableSpan(
        a.SPAN_NAME,
        context,
        resource=_RESOURCE,
        attributes=span_attributes(activity, checkout, account),
        kind=SpanKind.INTERNAL,
        start_time=activity.start,
        end_time=activity.end,
        instrumentation_scope=_SCOPE,
    )


def span_attributes(activity: Activity, checkout: Checkout | None, account: Account) -> Attributes:
    """Return the attributes of the span, without those that have no value."""
    repository = checkout.repository if checkout else None
    optional: dict[str, str | int | None] = {
        a.PROMPT_ID: activity.prompt,
        a.AGENT_ID: activity.agent,
        a.USER_EMAIL: account.email or (checkout.email if checkout else None),
        a.USER_ID: account.id,
        a.UTC_OFFSET: _utc_offset(activity.start),
    }
    if checkout and repository:
        branch, revision = activity.head or (checkout.branch, checkout.revision)
        optional |= {
            a.VCS_PROVIDER_NAME: repository.provider,
            a.VCS_OWNER_NAME: repository.owner or None,
            a.VCS_REPOSITORY_NAME: repository.name,
            a.VCS_REPOSITORY_URL_FULL: repository.url,
            a.VCS_REF_HEAD_NAME: branch,
            a.VCS_REF_HEAD_REVISION: revision,
        }
    attributes: Attributes = {
        a.SESSION_ID: activity.session,
        a.ACTIVITY_READ: activity.touches.get(READ, 0),
        a.ACTIVITY_EDIT: activity.touches.get(EDIT, 0),
        a.ACTIVITY_SEARCH: activity.touches.get(SEARCH, 0),
        a.ACTIVITY_COMMAND: activity.touches.get(COMMAND, 0),
        a.LINES_ADDED: activity.added,
        a.LINES_REMOVED: activity.removed,
        a.COMMITS: activity.commits,
        a.PULL_REQUESTS: activity.pull_requests,
    }
    attributes |= {name: value for name, value in optional.items() if value is not None}
    if activity.tools:
        attributes[a.TOOL_USE_IDS] = activity.tools
    if checkout and repository:
        if checkout.root_commits:
            attributes[a.REPOSITORY_ROOT_COMMIT] = checkout.root_commits
        if not checkout.remote:
            attributes[a.REPOSITORY_REMOTE] = False
    return attributes


def metrics(spans: Iterable[tuple[Activity, Checkout | None, Account]], repo_info: bool = False) -> MetricsData | None:
    """Return ``claude_code.repository.activity``: touches by session and repository, delta; ``None`` if there are none.

    With ``repo_info``, also the gauge ``claude_code.session.repo_info``: 1 for each session and repository.
    """
    sums: dict[tuple[str, str, str | None], tuple[int, int, int]] = {}
    for activity, checkout, account in spans:
        touches = sum(activity.touches.values())
        if not checkout or not checkout.repository or not touches:
            continue
        key = activity.session, checkout.repository.display, account.email or checkout.email
        start, end, total = sums.get(key, (activity.start, activity.end, 0))
        sums[key] = min(start, activity.start), max(end, activity.end), total + touches
    if not sums:
        return None
    points, infos = [], []
    for (session, name, email), (start, end, total) in sums.items():
        who = {a.SESSION_ID: session} | ({a.USER_EMAIL: email} if email else {})
        points.append(NumberDataPoint({**who, a.METRIC_REPOSITORY: name}, start, end, total))
        infos.append(NumberDataPoint({**who, a.INFO_REPOSITORY: name}, start, end, 1))
    every = [deltas(a.METRIC_NAME, "Touches of a repository by a Claude Code session", a.METRIC_UNIT, points)]
    if repo_info:
        every.append(Metric(a.INFO_NAME, "A Claude Code session touched a repository", "", Gauge(infos)))
    return metrics_data(_RESOURCE, _SCOPE, every)


def deltas(name: str, description: str, unit: str, points: Sequence[NumberDataPoint]) -> Metric:
    """Return a metric that is a monotonic sum of deltas."""
    return Metric(name, description, unit, Sum(points, AggregationTemporality.DELTA, is_monotonic=True))


def metrics_data(resource: Resource, scope: InstrumentationScope, every: Sequence[Metric]) -> MetricsData:
    """Return metrics in the exporter's format."""
    return MetricsData([ResourceMetrics(resource, [ScopeMetrics(scope, every, "")], "")])


def _utc_offset(moment: Nanoseconds) -> int | None:
    """Return the machine's offset from UTC at that moment, in minutes; ``None`` for a time that its calendar lacks."""
    try:
        return time.localtime(moment // 1_000_000_000).tm_gmtoff // 60
    except (OverflowError, OSError, ValueError):
        return None


def _derive(size: int, *parts: str) -> int:
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=size).digest()
    return int.from_bytes(digest, "big") or 1
