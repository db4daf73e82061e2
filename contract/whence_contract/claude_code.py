"""Names and values in Claude Code's own telemetry.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage, "Available metrics and events".
"""

from typing import NamedTuple

PREFIX = "claude_code."
"""Prefix of metric names and event bodies."""
SCOPE = "com.anthropic.claude_code"
EVENTS_SCOPE = "com.anthropic.claude_code.events"


class Series(NamedTuple):
    """The points of a metric whose attribute ``kind`` has ``value``, or all of its points if ``kind`` is ``None``."""

    metric: str
    kind: str | None = None
    value: str | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Return the attribute that distinguishes this series within the metric."""
        return {self.kind: self.value} if self.kind and self.value else {}


SESSION_COUNT = "claude_code.session.count"
SERIES = {
    "cost_usd": Series("claude_code.cost.usage"),
    "input_tokens": Series("claude_code.token.usage", "type", "input"),
    "output_tokens": Series("claude_code.token.usage", "type", "output"),
    "cache_read_tokens": Series("claude_code.token.usage", "type", "cacheRead"),
    "cache_creation_tokens": Series("claude_code.token.usage", "type", "cacheCreation"),
    "lines_added": Series("claude_code.lines_of_code.count", "type", "added"),
    "lines_removed": Series("claude_code.lines_of_code.count", "type", "removed"),
    "commits": Series("claude_code.commit.count"),
    "pull_requests": Series("claude_code.pull_request.count"),
    "active_time_user": Series("claude_code.active_time.total", "type", "user"),
    "active_time_cli": Series("claude_code.active_time.total", "type", "cli"),
    "edits_accepted": Series("claude_code.code_edit_tool.decision", "decision", "accept"),
    "edits_rejected": Series("claude_code.code_edit_tool.decision", "decision", "reject"),
}
"""The series, by whence's name for them."""
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")

VERSION = "service.version"
"""The client's version, an attribute of its resource."""

MODEL = "model"
QUERY_SOURCE = "query_source"
EFFORT = "effort"
SPEED = "speed"
SKILL = "skill.name"
SUBAGENT = "agent.name"
PLUGIN = "plugin.name"
MCP_SERVER = "mcp_server.name"
"""What a request was made for. Without ``OTEL_LOG_TOOL_DETAILS``, Claude Code replaces most names of extensions that
are not its own by one of ``WITHHELD``."""
WITHHELD = frozenset({"custom", "third-party"})
"""What it writes for custom subagents, MCP servers and slash commands, and for skills and plugins of others."""
COMMAND = "command_name"
"""The slash command that a prompt consists of, without its arguments."""

API_REQUEST = "api_request"
USER_PROMPT = "user_prompt"
TOOL_DECISION = "tool_decision"
TOOL_RESULT = "tool_result"
HOOK_REGISTERED = "hook_registered"
SETTINGS_RESOLVED = "managed_settings_resolved"
"""Newer clients send this in each session, with or without managed settings."""
EVENT_NAME = "event.name"
EVENT_SEQUENCE = "event.sequence"
REQUEST_ID = "request_id"
COST_USD = "cost_usd"
TOOL_NAME = "tool_name"
TOOL_USE_ID = "tool_use_id"
SUCCESS = "success"
