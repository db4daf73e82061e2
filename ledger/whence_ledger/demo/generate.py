"""Generate an organization and the telemetry of its machines, for the demo, the benchmarks and the tests.

The same seed gives the same history.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from whence_contract.claude_code import TOKENS
from whence_contract.repository import Repository, local_repository, parse_remote
from whence_contract.units import Microseconds, Nano
from whence_ledger.model.item import MEASURES, Call, Cell, Command, Event, Point, Request, Rows, Sighting, Span, Touch
from whence_ledger.model.quarter import quarter_of

SECOND = 1_000_000
EXPORT_SECONDS = 60
"""Claude Code's default interval between exports of metrics."""

_NAMES = ("ada", "alan", "anita", "barbara", "dennis", "donald", "edsger", "frances", "grace", "john", "linus", "radia")
_SURNAMES = (
    "abara",
    "becker",
    "chen",
    "dubois",
    "eriksen",
    "garcia",
    "haddad",
    "ito",
    "kovacs",
    "lopez",
    "novak",
    "silva",
)
_PARTS = (
    "api",
    "auth",
    "billing",
    "cart",
    "catalog",
    "chat",
    "docs",
    "events",
    "feed",
    "graph",
    "infra",
    "mail",
    "media",
)
_KINDS = ("service", "web", "sdk", "worker", "tools", "config")
_TEAMS = ("platform", "payments", "growth", "search", "mobile", "data", "security", "core")
_SUBJECTS = (
    "retry-uploads",
    "login-page",
    "faster-search",
    "export-csv",
    "cache-headers",
    "upgrade-runtime",
    "rate-limit",
)
_TOOLS = ("Bash", "Read", "Edit", "Write", "Grep", "Task", "WebFetch", "TodoWrite")
_TOOL_WEIGHTS = (40, 28, 18, 5, 4, 2, 2, 1)
_KIND_OF = {"Bash": "commands", "Read": "reads", "Edit": "edits", "Write": "edits", "Grep": "searches"}
"""How the hook counts a call of each tool; it does not record the others."""
_MEASURED = ("lines_added", "lines_removed", "commits", "pull_requests")
"""What the hook measures as Claude Code does."""


class Model(NamedTuple):
    """A model. ``usd``: price of a million input tokens; other token types cost in proportion."""

    name: str
    usd: float
    weight: int


_MODELS = (Model("claude-opus-4-8", 5.0, 55), Model("claude-sonnet-5", 3.0, 35), Model("claude-haiku-4-5", 1.0, 10))


class Developer(NamedTuple):
    """A developer with habits. ``offset``: from UTC, in hours. ``hours``: work per day."""

    email: str
    team: str
    offset: int
    repositories: tuple[Repository, ...]
    personal: Repository
    hours: float
    caching: float
    effort: str
    speed: str
    model: int
    hook: bool


class Organization(NamedTuple):
    """An organization. ``repositories``: its own, without the developers' personal ones."""

    name: str
    repositories: tuple[Repository, ...]
    developers: tuple[Developer, ...]


class Extensions(NamedTuple):
    """What a request is made for, by Claude Code's names; empty for none. ``command``: of the prompt."""

    skill: str = ""
    subagent: str = ""
    plugin: str = ""
    mcp_server: str = ""
    command: str = ""


_EXTENSIONS = (
    *(Extensions(),) * 11,
    Extensions(skill="fix-flaky-test"),
    Extensions(skill="write-migration"),
    Extensions(skill="release-notes", command="custom"),
    Extensions(skill="third-party", plugin="third-party"),
    Extensions(plugin="pr-review-toolkit", skill="pr-review-toolkit:review-pr", command="custom"),
    Extensions(mcp_server="github"),
    Extensions(mcp_server="custom"),
    Extensions(command="review"),
    Extensions(command="init"),
)
_SUBAGENTS = (Extensions(subagent="Explore"), Extensions(subagent="general-purpose"), Extensions(subagent="custom"))


def organization(size: int, seed: int = 1, repositories: int | None = None) -> Organization:
    """Return the organization ``acme`` with ``size`` developers. ``repositories``: how many; by default in proportion
    to ``size``."""
    dice = random.Random(seed)  # noqa: S311
    count = repositories or max(6, min(1_500, size * 2))
    names = [f"{dice.choice(_PARTS)}-{dice.choice(_KINDS)}" for _ in range(count)]
    names = [name if names.index(name) == place else f"{name}-{place}" for place, name in enumerate(names)]
    own = tuple(_github(f"acme/{name}") for name in names)
    developers = tuple(_developer(place, own, dice) for place in range(size))
    return Organization("acme", own, developers)


def history(
    organization: Organization,
    first: date,
    days: int,
    seed: int = 1,
    every: int = EXPORT_SECONDS,
    end: Microseconds | None = None,
) -> Iterator[Rows]:
    """Yield the telemetry of all machines, a day at a time, in order of time. ``every``: seconds between exports.
    ``end``: what is later has not happened yet."""
    for day in (first + timedelta(days=number) for number in range(days)):
        points: list[Point] = []
        events: list[Event] = []
        spans: list[Span] = []
        for place, developer in enumerate(organization.developers):
            dice = random.Random(f"{seed} {day} {place}")  # noqa: S311
            if dice.random() < (0.92 if day.weekday() < 5 else 0.08):
                for rows in _sessions(developer, day, dice, every, end):
                    points += rows.points
                    events += rows.events
                    spans += rows.spans
        yield Rows(
            sorted(points, key=lambda point: point.time),
            sorted(events, key=lambda event: event.time),
            sorted(spans, key=lambda span: span.touch.time),
        )


def _developer(place: int, repositories: tuple[Repository, ...], dice: random.Random) -> Developer:
    name, surname = dice.choice(_NAMES), dice.choice(_SURNAMES)
    email = f"{name}.{surname}{place}@acme.example"
    favourite = int(dice.random() ** 2 * len(repositories))
    own = tuple(repositories[(favourite + step) % len(repositories)] for step in range(dice.choice((2, 3, 5))))
    personal = (
        _github(f"{name}{surname}/{dice.choice(('dotfiles', 'blog', 'game', 'advent'))}")
        if dice.random() < 0.8
        else local_repository(dice.choice(("scratch", "notes", "experiments")))
    )
    return Developer(
        email=email,
        team=dice.choice(_TEAMS),
        offset=dice.choice((-8, -5, 0, 1, 1, 2, 5)),
        repositories=own,
        personal=personal,
        hours=dice.lognormvariate(1.15, 0.6),
        caching=min(0.97, max(0.2, dice.gauss(0.88, 0.12))),
        effort=dice.choice(("high", "medium", "medium", "")),
        speed="fast" if dice.random() < 0.05 else "normal",
        model=dice.choices((0, 1, 2), [model.weight for model in _MODELS])[0],
        hook=dice.random() < 0.97,
    )


def _sessions(
    developer: Developer, day: date, dice: random.Random, every: int, end: Microseconds | None
) -> Iterator[Rows]:
    """Yield one day of a developer: consecutive sessions."""
    begin = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(
        hours=dice.gauss(0, 1.5) - developer.offset
    )
    left = developer.hours * dice.uniform(0.4, 1.6) * 3600
    number = 0
    while left > 120:
        length = min(left, dice.lognormvariate(7.6, 0.9))
        yield _session(developer, f"{day:%Y%m%d}-{number}", begin, int(length), dice, every, end)
        begin += timedelta(seconds=length + dice.expovariate(1 / 1200))
        left -= length
        number += 1


def _session(
    developer: Developer,
    name: str,
    begin: datetime,
    length: int,
    dice: random.Random,
    every: int,
    end: Microseconds | None,
) -> Rows:
    """Return one session: an export of metrics every ``every`` seconds, a few prompts, a span for each prompt."""
    start = int(begin.timestamp()) * SECOND
    session = f"{dice.getrandbits(64):016x}-{name}"
    private = dice.random() < 0.05
    # Most work is in one repository, with one model.
    favourite = developer.repositories[0] if dice.random() < 0.6 else dice.choice(developer.repositories)
    places = [developer.personal] if private else [favourite]
    if not private and dice.random() < 0.25:
        places.append(dice.choice(developer.repositories))
    model = _MODELS[developer.model] if dice.random() < 0.85 else dice.choice(_MODELS)
    rows = Rows([], [], [])
    cells: dict[tuple[Microseconds, str], tuple[Cell, Cell]] = {}
    prompt = ""
    for second in range(0, length, every):
        time = Microseconds(start + second * SECOND + dice.randrange(SECOND))
        if end is not None and time > end:
            break
        helper = dice.random() < 0.12
        source, used = ("subagent" if helper else "main"), (_MODELS[-1] if helper and dice.random() < 0.6 else model)
        key = (quarter_of(time), used.name + source)
        if key not in cells:
            spoken = (developer.email, "", developer.team)
            cells[key] = (
                Cell(key[0], session, *spoken, used.name, source, developer.effort, developer.speed),
                Cell(key[0], session, *spoken, "", "", "", ""),
            )
        begins = not prompt or dice.random() < 0.15
        if begins:
            prompt = f"{dice.getrandbits(64):016x}"
            if command := used_by(prompt).command:
                rows.events.append(Command(time, crc32(prompt.encode()), session, prompt, command))
        amounts, cost = _export(rows.points, cells[key], used, developer, time, second == 0, dice)
        number, agent = len(rows.events), f"a-{prompt}" if helper else ""
        made_for = used_by(agent or prompt)
        asked = Request(
            time=time,
            id=dice.getrandbits(64),
            session_id=session,
            prompt_id=prompt,
            agent=agent,
            parent="",
            request_id=f"req_{session}_{number}",
            started=Microseconds(time - dice.randrange(1, every) * SECOND // 2),
            sequence=number,
            model=used.name,
            query_source=source,
            nano=cost,
            **{name: amounts[name] for name in TOKENS},
            skill=made_for.skill,
            subagent=made_for.subagent,
            plugin=made_for.plugin,
            mcp_server=made_for.mcp_server,
        )
        rows.events.append(asked)
        tools = dice.choices(_TOOLS, _TOOL_WEIGHTS, k=dice.randrange(5))
        calls = [
            Call(
                time=time,
                id=dice.getrandbits(64),
                session_id=session,
                prompt_id=prompt,
                agent=agent,
                request_id=asked.request_id,
                started=time,
                tool_use_id=f"toolu_{session}_{number}_{place}",
                tool=tool,
                finished=True,
                failed=dice.random() < 0.06,
            )
            for place, tool in enumerate([*tools, *_tools_for(amounts, tools)])
        ]
        rows.events.extend(calls)
        if begins and developer.hook:
            # The hook hears of a prompt before its first request is sent.
            rows.spans.append(_span(dice.choice(places), developer, session, prompt, asked.started, dice))
        if developer.hook:
            rows.spans[-1] = with_calls(rows.spans[-1], calls, amounts)
    return rows


def used_by(ident: str) -> Extensions:
    """Return what a prompt or, by its agent's id, a subagent uses."""
    chosen = _SUBAGENTS if ident.startswith("a-") else _EXTENSIONS
    return chosen[crc32(ident.encode()) % len(chosen)]


def _tools_for(amounts: dict[str, int], tools: list[str]) -> Iterator[str]:
    """Yield the tools without which an export cannot have these amounts."""
    if amounts["edits_accepted"] and not {"Edit", "Write"} & set(tools):
        yield "Edit"
    if amounts["commits"] + amounts["pull_requests"] and "Bash" not in tools:
        yield "Bash"


def with_calls(span: Span, calls: list[Call], amounts: dict[str, int]) -> Span:
    """``span`` as the hook sends it when it has recorded ``calls`` too, which changed what ``amounts`` says."""
    touch, reached = span.touch, [call for call in calls if call.tool in _KIND_OF]
    told = {name: getattr(touch, name) + amounts[name] for name in _MEASURED}
    end = max([touch.end_time, *(call.time for call in reached)])
    for call in reached:
        kind = _KIND_OF[call.tool]
        told[kind] = told.get(kind, getattr(touch, kind)) + 1
    return span._replace(
        touch=touch._replace(end_time=end, calls=(*touch.calls, *(call.tool_use_id for call in reached)), **told)
    )


def _export(
    points: list[Point],
    cells: tuple[Cell, Cell],
    model: Model,
    developer: Developer,
    time: Microseconds,
    first: bool,
    dice: random.Random,
) -> tuple[dict[str, int], Nano]:
    """Add a dozen points; return their amounts, and the cost of their request."""
    spoken, whole = cells
    context = dice.randrange(20_000, 160_000)
    read = int(context * developer.caching * dice.uniform(0.9, 1.02))
    written = int((context - read) * 0.7)
    amounts = {"input_tokens": max(0, context - read - written), "output_tokens": int(dice.expovariate(1 / 900)) + 20}
    amounts |= {"cache_read_tokens": read, "cache_creation_tokens": max(0, written)}
    price = amounts["input_tokens"] + 5 * amounts["output_tokens"] + read / 10 + amounts["cache_creation_tokens"] * 1.25
    # A millionth of a dollar is a thousand units.
    cost = Nano(int(price * model.usd * (2 if developer.speed == "fast" else 1)) * 1000)
    edits = int(dice.random() < 0.4)
    amounts |= {
        "lines_added": edits * int(dice.expovariate(1 / 25)),
        "lines_removed": edits * int(dice.expovariate(1 / 8)),
    }
    session_wide = {
        "active_time_user": dice.randrange(25),
        "active_time_cli": dice.randrange(60),
        "edits_accepted": edits,
        "edits_rejected": int(dice.random() < 0.03),
        "commits": int(dice.random() < 0.03),
        "pull_requests": int(dice.random() < 0.006),
    }
    points.append(Point(time, dice.getrandbits(64), spoken, 0, cost))
    for cell, several in ((spoken, amounts), (whole, session_wide)):
        for name, amount in several.items():
            if amount:
                points.append(
                    Point(time, dice.getrandbits(64), cell, MEASURES.index(name), Nano(amount * 1_000_000_000))
                )
    if first:
        points.append(Point(time, dice.getrandbits(64), whole, None, Nano(0)))
    return amounts | session_wide, cost


def _span(
    place: Repository, developer: Developer, session: str, prompt: str, time: Microseconds, dice: random.Random
) -> Span:
    ident = f"{dice.getrandbits(128):032x}{dice.getrandbits(64):016x}"
    touch = Touch(
        time=time,
        id=ident,
        end_time=Microseconds(time + dice.randrange(50) * SECOND),
        session_id=session,
        prompt_id=prompt,
        user_email=developer.email,
        user_id="",
        team="",
        repository=place.key,
        head_name=_branch(place, developer, session, time),
        head_revision=ident[:40],
        reads=0,
        edits=0,
        searches=0,
        commands=0,
        lines_added=0,
        lines_removed=0,
        commits=0,
        pull_requests=0,
        utc_offset=developer.offset * 60,
    )
    sighting = Sighting(
        place.key,
        place.display,
        place.host,
        place.owner,
        place.name,
        bool(place.host),
        [],
        touch.time,
        touch.end_time,
        ident,
    )
    return Span(touch, sighting)


def _branch(place: Repository, developer: Developer, session: str, time: Microseconds) -> str:
    """Return the branch of a session: in the company's repositories usually one of the developer's two branches of the
    week, named after a ticket."""
    number, week = crc32(session.encode()), time // (7 * 86_400 * SECOND)
    if place == developer.personal or number % 5 == 0:
        return "main"
    subject = crc32(f"{place.key} {developer.email} {week} {number % 2}".encode())
    return f"{developer.team[:3].upper()}-{100 + subject % 800}-{_SUBJECTS[subject % len(_SUBJECTS)]}"


def _github(path: str) -> Repository:
    repository = parse_remote(f"https://github.com/{path}")
    assert repository is not None  # noqa: S101
    return repository
