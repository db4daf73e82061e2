"""Names of the attributes, spans and metrics that cross a process boundary.

``session.id``, ``prompt.id``, ``user.*``, ``agent_id``: Claude Code's own telemetry
(https://docs.anthropic.com/en/docs/claude-code/monitoring-usage). ``vcs.*``: OpenTelemetry's VCS conventions
(https://opentelemetry.io/docs/specs/semconv/registry/attributes/vcs/).
"""

SESSION_ID = "session.id"
PROMPT_ID = "prompt.id"
USER_EMAIL = "user.email"
USER_ID = "user.id"
AGENT_ID = "agent_id"

VCS_PROVIDER_NAME = "vcs.provider.name"
VCS_OWNER_NAME = "vcs.owner.name"
VCS_REPOSITORY_NAME = "vcs.repository.name"
VCS_REPOSITORY_URL_FULL = "vcs.repository.url.full"
VCS_REF_HEAD_NAME = "vcs.ref.head.name"
VCS_REF_HEAD_REVISION = "vcs.ref.head.revision"

ACTIVITY_READ = "whence.activity.read"
ACTIVITY_EDIT = "whence.activity.edit"
ACTIVITY_SEARCH = "whence.activity.search"
ACTIVITY_COMMAND = "whence.activity.command"
LINES_ADDED = "whence.lines.added"
LINES_REMOVED = "whence.lines.removed"
COMMITS = "whence.commits"
PULL_REQUESTS = "whence.pull_requests"
UTC_OFFSET = "whence.utc_offset"
"""The machine's offset from UTC when the span began, in minutes."""
TOOL_USE_IDS = "whence.tool_use_ids"
REPOSITORY_ROOT_COMMIT = "whence.repository.root_commit"
REPOSITORY_REMOTE = "whence.repository.remote"

SCOPE = "whence.hook"
SPAN_NAME = "repository.activity"
METRIC_NAME = "claude_code.repository.activity"
METRIC_UNIT = "{operation}"
METRIC_REPOSITORY = "repository"

INFO_NAME = "claude_code.session.repo_info"
INFO_REPOSITORY = "repository_name"

TRIAL_SESSION = "whence-doctor-"
"""Prefix of the ids of test sessions. ``whence doctor`` removes them after they have arrived."""
TRIAL_REPOSITORY = "whence-doctor"
"""Name of the local repository that a test session touches."""
