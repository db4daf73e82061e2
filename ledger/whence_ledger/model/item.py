"""Items: what the ledger keeps of a data point, an event and a span. Decoders make them, the store keeps them.

Times are in microseconds since 1970, amounts in units of 1e-9 (nano), text is empty where nothing was said.
"""

from typing import NamedTuple

from whence_contract.claude_code import SERIES

MEASURES = tuple(SERIES)
"""What data points measure: the amounts of a row of ``usage``, in its order."""


class Cell(NamedTuple):
    """What amounts are added up for. ``time``: the begin of a quarter of an hour, in microseconds since 1970.
    Text is empty where nothing was said."""

    time: int
    session_id: str
    user_email: str
    user_id: str
    team: str
    model: str
    query_source: str
    effort: str
    speed: str


class Point(NamedTuple):
    """One data point. ``time`` in microseconds since 1970; ``measure``: its index in ``MEASURES``, ``None`` for one
    that only tells that there was a session; ``nano``: its value, in units of 1e-9; ``former_id``: the id that ledgers
    before schema 5 gave it when it came as an integer, ``None`` where that is not possible."""

    time: int
    id: int
    cell: Cell
    measure: int | None
    nano: int
    former_id: int | None = None


class Event(NamedTuple):
    """One ``api_request`` (with ``prompt_id`` and ``nano``, its cost in units of 1e-9 dollars) or one ``tool_result``
    (with ``tool``). ``time`` in microseconds since 1970."""

    time: int
    id: int
    session_id: str
    prompt_id: str
    nano: int
    tool: str
    failed: bool


class Touch(NamedTuple):
    """One ``repository.activity`` span: what was done in one repository in one prompt. ``repository``: its key, empty
    outside every repository. Times in microseconds since 1970."""

    time: int
    id: str
    end_time: int
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


class Sighting(NamedTuple):
    """How a span names its repository. ``display``: the form that people read."""

    repository: str
    display: str
    host: str
    owner: str
    name: str
    remote: bool
    root_commits: list[str]
    time: int
    end_time: int
    id: str


class Span(NamedTuple):
    """What the ledger keeps of one span; no sighting outside every repository."""

    touch: Touch
    sighting: Sighting | None


class Rows(NamedTuple):
    """What one request brings."""

    points: list[Point] = []  # noqa: RUF012 never mutated in place
    events: list[Event] = []  # noqa: RUF012
    spans: list[Span] = []  # noqa: RUF012


def to_nano(value: float) -> int:
    """A number in units of 1e-9; its whole part exactly."""
    whole = int(value)
    return whole * 1_000_000_000 + round((value - whole) * 1e9)
