"""Rows in the columns of the Collector's ClickHouse exporter, and the attributes that the Collector lets pass.

A server that receives telemetry for ClickHouse stores the same rows as ``deploy/ledger/collector.yaml``, so that
telemetry that arrives both ways counts once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

ExportedRow = dict[str, Any]
"""A value for each column, by name. Times are in seconds since 1970, as text with all nine places."""


class Exported(NamedTuple):
    """Rows for ``otel_metrics_sum``, ``otel_logs`` and ``otel_traces``."""

    metrics: Sequence[ExportedRow] = ()
    logs: Sequence[ExportedRow] = ()
    traces: Sequence[ExportedRow] = ()


RESOURCE_ATTRIBUTES = frozenset(
    {
        "service.name",
        "service.version",
        "host.arch",
        "os.type",
        "os.version",
        "team.id",
        "department",
        "cost_center",
    }
)

_METRICS_AND_LOGS = frozenset(
    {
        "session.id",
        "user.email",
        "user.id",
        "user.account_uuid",
        "user.account_id",
        "organization.id",
        "team.id",
        "department",
        "cost_center",
        "app.version",
        "app.entrypoint",
        "terminal.type",
        "model",
        "query_source",
        "effort",
        "speed",
        "decision",
        "source",
        "tool_name",
        "agent.name",
        "skill.name",
        "plugin.name",
        "marketplace.name",
        "mcp_server.name",
        "mcp_tool.name",
        "anthropic.provider",
        "anthropic.custom_base_url",
        "vcs.provider.name",
        "vcs.owner.name",
        "vcs.repository.name",
        "vcs.repository.url.full",
    }
)

METRIC_ATTRIBUTES = _METRICS_AND_LOGS | {
    "type",
    "language",
    "start_type",
    "repository",
    "repository_name",
    "repo_type",
    "session_id",
    "user_email",
}

LOG_ATTRIBUTES = _METRICS_AND_LOGS | {
    "event.name",
    "event.timestamp",
    "event.sequence",
    "prompt.id",
    "command_name",
    "cost_usd",
    "cost_usd_micros",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "cache_creation_5m_tokens",
    "cache_creation_1h_tokens",
    "duration_ms",
    "ttft_ms",
    "request_id",
    "tool_use_id",
    "agent_id",
    "parent_agent_id",
    "success",
    "tool_source",
    "permission_mode",
    "status_code",
    "attempt",
    "hook_event",
    "hook_source",
    "hook_type",
    "managed_only",
    "safe_mode",
    "managed_settings.trigger",
    "managed_settings.sources",
    "managed_settings.source_behavior",
}

SPAN_ATTRIBUTES = frozenset(
    {
        "session.id",
        "prompt.id",
        "agent_id",
        "whence.tool_use_ids",
        "user.email",
        "user.id",
        "team.id",
        "department",
        "cost_center",
        "vcs.provider.name",
        "vcs.owner.name",
        "vcs.repository.name",
        "vcs.repository.url.full",
        "vcs.ref.head.name",
        "vcs.ref.head.revision",
        "whence.repository.root_commit",
        "whence.repository.remote",
        "whence.activity.read",
        "whence.activity.edit",
        "whence.activity.search",
        "whence.activity.command",
        "whence.lines.added",
        "whence.lines.removed",
        "whence.commits",
        "whence.pull_requests",
        "whence.utc_offset",
    }
)
