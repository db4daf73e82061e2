"""Items: what the ledger stores of a data point, an event and a span. Decoders create them, the store saves them.

Text is empty where the client sent none.
"""

from typing import NamedTuple

from whence_contract.claude_code import SERIES
from whence_contract.repository import Repository
from whence_contract.units import Microseconds, Nano

MEASURES = tuple(SERIES)
"""What data points measure: the amount columns of ``usage``, in order."""


class Cell(NamedTuple):
    """The dimensions by which amounts are summed. ``time``: the start of a quarter of an hour. ``told_repository``: the
    key of the repository that Claude Code names. ``client_version``: Claude Code's version."""

    time: Microseconds
    session_id: str
    user_email: str
    user_id: str
    team: str
    model: str
    query_source: str
    effort: str
    speed: str
    told_repository: str = ""
    client_version: str = ""


class Point(NamedTuple):
    """One data point. ``measure``: its index in ``MEASURES``; ``None`` if it only shows that a session existed.
    ``nano``: its value. ``former_id``: the id that ledgers before schema 5 gave it if it was sent as an integer;
    ``None`` if it cannot have been. ``told``: the repository that Claude Code names."""

    time: Microseconds
    id: int
    cell: Cell
    measure: int | None
    nano: Nano
    former_id: int | None = None
    told: Repository | None = None


class Request(NamedTuple):
    """One ``api_request`` that ended at ``time``. ``nano``: its cost. ``agent``: Claude Code's id of the subagent, its
    ``query_source`` where there is no id, empty for the main agent. ``parent``: the agent that started it.
    ``query_source``: as metrics name it. ``skill`` to ``mcp_server``: what it was made for."""

    time: Microseconds
    id: int
    session_id: str
    prompt_id: str
    agent: str
    parent: str
    request_id: str
    started: Microseconds
    sequence: int
    model: str
    query_source: str
    nano: Nano
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    skill: str = ""
    subagent: str = ""
    plugin: str = ""
    mcp_server: str = ""


class Call(NamedTuple):
    """One ``tool_decision`` or, ``finished``, one ``tool_result``. ``request_id``: of the request that made the call,
    empty where the client does not name it."""

    time: Microseconds
    id: int
    session_id: str
    prompt_id: str
    agent: str
    request_id: str
    started: Microseconds
    tool_use_id: str
    tool: str
    finished: bool
    failed: bool


class Command(NamedTuple):
    """A prompt that is a slash command. ``command``: its name, without arguments."""

    time: Microseconds
    id: int
    session_id: str
    prompt_id: str
    command: str


class Start(NamedTuple):
    """A session has begun or, if ``hook`` is true, has registered a hook."""

    time: Microseconds
    id: int
    session_id: str
    hook: bool


Event = Request | Call | Command | Start


class Touch(NamedTuple):
    """One ``repository.activity`` span: the work of one prompt in one repository. ``repository``: its key, empty
    outside every repository. ``agent``: the subagent, empty for the main agent. ``calls``: the ids of the tool
    calls. ``utc_offset``: of the machine, in minutes; ``None`` if the span does not tell."""

    time: Microseconds
    id: str
    end_time: Microseconds
    session_id: str
    prompt_id: str
    user_email: str
    user_id: str
    team: str
    repository: str
    head_name: str
    head_revision: str
    reads: int
    edits: int
    searches: int
    commands: int
    lines_added: int
    lines_removed: int
    commits: int
    pull_requests: int
    agent: str = ""
    calls: tuple[str, ...] = ()
    utc_offset: int | None = None


class Sighting(NamedTuple):
    """How a span names a repository; or Claude Code itself, if ``id`` is empty. ``display``: the name for people."""

    repository: str
    display: str
    host: str
    owner: str
    name: str
    remote: bool
    root_commits: list[str]
    time: Microseconds
    end_time: Microseconds
    id: str


class Span(NamedTuple):
    """What the ledger stores of one span; no sighting if the span is outside every repository."""

    touch: Touch
    sighting: Sighting | None


class Rows(NamedTuple):
    """The rows of one request."""

    points: list[Point] = []  # noqa: RUF012 never mutated in place
    events: list[Event] = []  # noqa: RUF012
    spans: list[Span] = []  # noqa: RUF012


def to_nano(value: float) -> Nano:
    """Return a number in units of 1e-9. Its integer part is exact."""
    whole = int(value)
    return Nano(whole * 1_000_000_000 + round((value - whole) * 1e9))
