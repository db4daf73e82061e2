"""What the reports answer: the shape of each row, as the API documents it.

Amounts are exact in the ledger; in JSON they are numbers. Money is in dollars, times are in UTC.
"""

from pydantic import BaseModel, Field

Share = float | None


class Overview(BaseModel):
    """The figures at the head of the dashboard."""

    models: int
    sessions: int
    tokens: float
    cost_usd: float
    highest_cost_model: str | None
    cost_usd_per_session: float | None
    power_user: str | None = Field(description="Who cost most")
    active_users: int


class Cost(BaseModel):
    """What it cost, against the equal period before. Nothing is known of that where either end is open."""

    cost_usd: float
    previous_cost_usd: float | None
    cost_change: float | None = Field(description="0.1 is ten percent more than in the period before")
    cost_usd_per_session: float | None
    sessions: int
    cache_hit_rate: Share = Field(description="cacheRead ÷ (cacheRead + input + cacheCreation)")
    tokens: float
    input_tokens: float
    output_tokens: float
    cache_read_tokens: float
    cache_creation_tokens: float


class Model(BaseModel):
    """One model."""

    model: str
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    cache_hit_rate: Share
    usd_per_million_tokens: float | None


class User(BaseModel):
    """One user; null for those that nothing names."""

    user: str | None
    cost_usd: float
    cost_share: float
    sessions: int
    tokens: float
    cache_hit_rate: Share
    models: str | None = Field(description="Names, the most expensive first")
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    last_seen: str


class Spender(BaseModel):
    """One user of what the filters choose. ``cost_share``: of what they choose. ``spend_share``: of all that this user
    spent in that time."""

    user: str | None
    cost_usd: float
    cost_share: float
    sessions: int
    repositories: int
    models: str | None
    tokens: float
    spend_share: float


class Usage(BaseModel):
    """What came of it. Times in seconds."""

    sessions: int
    commits: float
    pull_requests: float
    lines_added: float
    lines_removed: float
    edits_accepted: float
    edits_rejected: float
    acceptance_rate: Share
    active_time_user: float
    active_time_cli: float
    productivity_ratio: float | None = Field(description="active_time_cli ÷ active_time_user")


class Tool(BaseModel):
    """One tool."""

    tool: str
    uses: float
    failures: float
    failure_rate: Share


class RepositoryRow(BaseModel):
    """One repository; null for what has none. Labels are null before the first classification."""

    repository: str | None
    label: str | None
    reason: str | None
    evidence: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    users: int
    models: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    last_seen: str


class BasisRow(BaseModel):
    """How much of the cost stands on what, by the rule ``split``."""

    split: str = Field(description="Rule by which sessions are divided: request, prompt or session")
    basis: str = Field(
        description="request: a request's own tool calls, or those nearest to it in its agent and prompt; prompt: what "
        "its prompt touched; session: what its session touched; start: the directory in which the session was started; "
        "none"
    )
    cost_usd: float
    cost_share: float


class LabelRow(BaseModel):
    """All repositories of one label; null before the first classification."""

    label: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    repositories: int
    sessions: int
    users: int


class Session(BaseModel):
    """One session, with what it cost in the range of time. Repository and label are those of its largest share."""

    session: str
    user: str | None
    team: str | None
    started: str
    ended: str
    repository: str | None
    label: str | None
    cost_usd: float
    tokens: float
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float


class Bucket(BaseModel):
    """One quarter of an hour, hour, day, week or month; ``bucket`` is its first moment."""

    bucket: str
    cost_usd: float
    tokens: float
    input_tokens: float
    output_tokens: float
    cache_read_tokens: float
    cache_creation_tokens: float
    sessions: int
    users: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    active_time_user: float
    active_time_cli: float


class BucketOf(BaseModel):
    """One bucket of one of the largest, or of all the others together (``in_others``)."""

    bucket: str
    name: str | None
    in_others: bool
    cost_usd: float
    tokens: float
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float


class Insight(BaseModel):
    """Where money might be saved: the rule, what it found, and what following it might save."""

    rule: str
    subject: str | None
    title: str
    evidence: str
    saving_usd: float
    cost_usd: float = Field(description="What the estimate is part of")
    widget: str = Field(description="The report that shows more of it")


class LabelChange(BaseModel):
    """One change of a repository's label or of its reason. ``from``: null where it had none."""

    at: str
    repository: str
    from_: str | None = Field(alias="from")
    to: str
    reason: str
    evidence: str | None


class Observation(BaseModel):
    """One repository that the hook has reported."""

    repository: str
    display: str
    host: str
    owner: str
    name: str
    remote: bool
    root_commits: list[str]
    first_seen: str
    last_seen: str
    label: str | None = Field(description="Null before the classifier has judged it, as the reason is")
    reason: str | None
    scope: str = Field(description="Of the organization that the label follows from; empty where it follows from none")
    left_on: str | None = Field(description="Day (UTC) from which its organization does not have it any more")


class Scope(BaseModel):
    """What a run of the classifier judges: an organization, or a host that its overrides name."""

    scope: str
    host: str
    organization: str = Field(description="Empty for a host")
    organization_id: int
    classified_at: str


class Owner(BaseModel):
    """The owner of repositories, with how many people worked in how many of them."""

    host: str
    owner: str
    users: int
    repositories: int


class Problem(BaseModel):
    """What went wrong and what to do."""

    error: str
