"""Response schemas of the reports, as the API documents them.

Amounts are exact in the ledger and numbers in JSON. Money is in US dollars, times are in UTC.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from whence_ledger.model.case import Status

Share = float | None


class Overview(BaseModel):
    """The dashboard's main figures."""

    models: int
    sessions: int
    tokens: float
    cost_usd: float
    highest_cost_model: str | None
    cost_usd_per_session: float | None
    power_user: str | None = Field(description="The user with the highest cost")
    active_users: int


class Cost(BaseModel):
    """Cost, compared with the previous period of equal length. A range that is not over, or has no end, is compared
    with a period as long as what is over of it. The comparison is null if the range has no beginning, or the ledger
    does not have all of the previous period."""

    cost_usd: float
    previous_cost_usd: float | None
    cost_change: float | None = Field(description="0.1 is ten percent more than in the previous period")
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


class SavedViewRow(BaseModel):
    """A saved view. ``view``: the query string of the dashboard's address. ``by``: who saved it."""

    name: str
    view: str
    at: str
    by: str


class Group(BaseModel):
    """One user, team, repository, label, model or owner. ``name``: null for usage without one."""

    name: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    cache_hit_rate: Share
    usd_per_million_tokens: float | None
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float


class User(BaseModel):
    """One user. ``user``: null if unknown."""

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


class UserRepository(BaseModel):
    """One user's work in one repository under the filters. ``cost_share``: of the user's cost under the filters.
    ``repository``: null for usage without one."""

    user: str | None
    repository: str | None
    label: str | None
    reason: str | None
    evidence: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    last_seen: str


class Spender(BaseModel):
    """One user's cost under the filters. ``cost_share``: of all users' cost under the filters. ``spend_share``: of this
    user's total cost in the range."""

    user: str | None
    cost_usd: float
    cost_share: float
    sessions: int
    repositories: int
    models: str | None
    tokens: float
    spend_share: float


class Extension(BaseModel):
    """One skill, subagent, plugin, MCP server or slash command. ``name``: null unless ``status`` is ``named``."""

    name: str | None
    status: Literal["named", "withheld", "none", "not-reported"] = Field(
        description="`withheld`: there is one, but Claude Code withholds its name. `none`: there is none. "
        "`not-reported`: the events of the requests are missing"
    )
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    users: int
    last_seen: str


class Usage(BaseModel):
    """Output and activity. Times in seconds."""

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
    """One repository. ``repository``: null for usage without one. ``label``: null before the first classification."""

    repository: str | None
    url: str | None = Field(description="Web address; null for a repository without a remote")
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


class BranchRow(BaseModel):
    """One branch of a repository. ``branch``: null for work on no branch or on an unknown one; the branches of a
    repository add up to it. Tokens, lines and commits are shares of the repository's, like its cost."""

    repository: str | None
    branch: str | None
    ticket: str | None = Field(description="Key of the ticket that the branch names; null if it names none")
    label: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    users: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    first_seen: str = Field(description="First touch in the sessions under the filters")
    last_seen: str


class CommitRow(BaseModel):
    """What one user's work up to one commit cost, from the commit before it in the same session and branch. ``commit``:
    null for work that was not committed; with it the commits of a branch add up to the branch."""

    repository: str | None
    branch: str | None
    ticket: str | None
    commit: str | None = Field(description="Its id; if one prompt made several commits, the last one's")
    user: str | None
    committed_at: str | None = Field(description="First touch of the prompt that made it")
    commits: int = Field(description="How many commits this row represents")
    cost_usd: float
    cost_share: float
    tokens: float


class PullRequestRow(BaseModel):
    """One pull request: the sessions that made its commits, or worked on its branch. Of several with the same branch, a
    session counts for the one that was closed first after it, or is still open. ``number``: null for work of none; with
    it, the pull requests of a repository add up to it."""

    repository: str | None
    number: int | None
    title: str | None = Field(description="Null where it is not stored")
    state: str | None = Field(description="open, merged, or closed without a merge")
    author: str | None = Field(description="GitHub login")
    branch: str | None
    work_branches: str | None = Field(description="The branches that its sessions worked on, separated by spaces")
    ticket: str | None = Field(description="Key of the ticket that the branch names; null for none")
    cost_usd: float
    cost_share: float
    tokens: float
    sessions: int
    users: int
    first_touch: str = Field(description="Of the sessions under the filters")
    created_at: str | None
    closed_at: str | None = Field(description="When it was closed or merged")
    merged_at: str | None
    hours_to_merge: float | None = Field(description="From first_touch to merged_at")


class Ticket(BaseModel):
    """One ticket: the branches that name its key. ``ticket``: null for the branches that name none."""

    ticket: str | None
    repositories: str | None = Field(description="Names, the most expensive first; null for no ticket")
    cost_usd: float
    cost_share: float
    tokens: float
    branches: int
    sessions: int
    users: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    first_seen: str
    last_seen: str


class BasisRow(BaseModel):
    """How much of the cost is attributed on which basis, by the rule ``split``."""

    split: str = Field(description="Rule by which sessions are divided: request, prompt or session")
    basis: str = Field(
        description="request: a request's own tool calls, or those nearest to it in its agent and prompt; prompt: what "
        "its prompt touched; session: what its session touched; start: the directory in which the session was started; "
        "client: the repository that Claude Code itself names, for the entire session, if the hook reported nothing; "
        "none"
    )
    cost_usd: float
    cost_share: float


class CoverageRow(BaseModel):
    """How one machine's cost of one day is attributed. ``user``, ``machine``, ``client_versions``: null if unknown."""

    day: str = Field(description="Start of the day, UTC")
    user: str | None
    machine: str | None = Field(
        description="Claude Code's user.id, one per installation: Claude Code does not report host names"
    )
    client_versions: str | None = Field(description="Versions of Claude Code, highest cost first")
    sessions: int
    cost_usd: float
    request_cost_usd: float = Field(description="Cost with the basis `request`, as in the report bases")
    prompt_cost_usd: float
    session_cost_usd: float
    start_cost_usd: float
    client_cost_usd: float
    none_cost_usd: float
    reasons: str | None = Field(
        description="Why cost has another basis than `request`, highest cost first: no-session-id, no-metrics, "
        "hooks-off, client-too-old, hook-missing, no-events, hook-too-old, closed-before. Null: nothing is missing"
    )


class LabelRow(BaseModel):
    """All repositories of one label. ``label``: null before the first classification."""

    label: str | None
    cost_usd: float
    cost_share: float
    tokens: float
    repositories: int
    sessions: int
    users: int


class Session(BaseModel):
    """One session, with its cost in the range. Repository and label are those of its largest share."""

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


class SessionRepository(BaseModel):
    """The share of one repository and one model in a session."""

    repository: str | None
    label: str | None
    reason: str | None
    evidence: str | None
    model: str | None
    cost_usd: float
    tokens: float
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float


class SessionPrompt(BaseModel):
    """One prompt of one session. ``cost_usd``: its share of the session's cost, by the cost of its requests.
    ``touches``: reads, edits, searches and commands. Touches, lines and commits are as the hook measured them, null if
    it reported nothing."""

    prompt: str | None = Field(description="Claude Code's prompt id; the text is not stored")
    started: str
    cost_usd: float
    tokens: float
    requests: int
    models: str | None
    repositories: str | None
    touches: int | None
    lines_added: int | None
    lines_removed: int | None
    commits: int | None


class SessionTool(BaseModel):
    """One tool in one session."""

    tool: str
    uses: float
    failures: float


class Bucket(BaseModel):
    """One bucket: 1, 5 or 15 minutes, an hour, day, week or month. ``bucket``: its start."""

    bucket: str
    cost_usd: float
    tokens: float
    input_tokens: float
    output_tokens: float
    cache_read_tokens: float
    cache_creation_tokens: float
    sessions: int
    users: int
    models: int
    lines_added: float
    lines_removed: float
    commits: float
    pull_requests: float
    active_time_user: float
    active_time_cli: float
    edits_accepted: float
    edits_rejected: float


class BucketOf(BaseModel):
    """One bucket of one of the largest names, or of all others together (``in_others``)."""

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
    """A possible saving: the rule, its evidence and the estimated saving; null for what saves nothing by itself."""

    rule: str
    subject: str | None
    title: str
    evidence: str
    saving_usd: float | None
    cost_usd: float = Field(description="The cost that the estimated saving is a part of")
    widget: str = Field(description="The report with the details")


class LabelChange(BaseModel):
    """One change of a repository's label or reason. ``from``: null if it had none."""

    at: str
    repository: str
    from_: str | None = Field(alias="from")
    to: str
    reason: str
    evidence: str | None


class Case(BaseModel):
    """The newest decision about a user's spend on a repository. ``is_settled``: whether it is legitimate, moved or
    dismissed. ``cost_usd_since``: what was spent after the day of the case, in the range; ``last_seen``: when last."""

    user: str
    repository: str
    label: str | None
    status: Status
    is_settled: bool
    note: str | None
    day: date
    at: str
    by: str
    cost_usd_since: float
    last_seen: str | None


class CaseChange(BaseModel):
    """One decision about a user's spend on a repository."""

    at: str
    user: str
    repository: str
    status: Status
    note: str | None
    day: date
    by: str


class Flow(BaseModel):
    """Prompts of one user that read in a Managed repository (``from``) and edited an Unmanaged one (``to``). Reason and
    evidence are those of the label of ``to``. A prompt that read in two repositories is in the rows of both."""

    user: str | None
    from_: str = Field(alias="from")
    to: str
    reason: str
    evidence: str | None
    shares_history: bool = Field(description="`to` shares history with a Managed repository: the stronger evidence")
    prompts: int
    sessions: int
    reads: int
    edits: int
    lines_added: int = Field(description="Lines in `to`, as the hook measured them")
    cost_usd: float | None = Field(description="Total cost of these prompts; null if no request reported a cost")
    first_seen: str
    last_seen: str


class Observation(BaseModel):
    """One repository that the hook reported."""

    repository: str
    display: str
    host: str
    owner: str
    name: str
    remote: bool
    root_commits: list[str]
    first_seen: str
    last_seen: str
    label: str | None = Field(description="Null until the classifier has labelled it; so is the reason")
    reason: str | None
    scope: str = Field(description="The organization that the label is based on; empty for none")
    left_on: str | None = Field(description="Day (UTC) on which it left its organization")
    branches_since: str | None = Field(description="First touch of one of its branches; null if no branch is known")
    pull_requests_until: str | None = Field(description="Last change of a pull request that is stored")


class Scope(BaseModel):
    """The scope of a classifier run: an organization, or a host named in its overrides."""

    scope: str
    host: str
    organization: str = Field(description="Empty for a host")
    organization_id: int
    classified_at: str


class Owner(BaseModel):
    """An owner of repositories, with the number of users and repositories."""

    host: str
    owner: str
    users: int
    repositories: int


class Problem(BaseModel):
    """An error message."""

    error: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "The token is missing or wrong"},
    422: {"model": Problem, "description": "A parameter is invalid"},
}
"""The responses that every route of the API may give."""
