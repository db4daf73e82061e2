"""Stories for the demo: patterns that a reader of the dashboard should find, generated as telemetry."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from whence_contract.repository import Repository, parse_remote
from whence_contract.units import Microseconds, Nano
from whence_ledger.demo.generate import SECOND, with_calls
from whence_ledger.model.item import MEASURES, Call, Cell, Point, Request, Rows, Sighting, Span, Touch
from whence_ledger.model.quarter import quarter_of

SHARED_ROOT = "5f1c0de5f1c0de5f1c0de5f1c0de5f1c0de5f1c0"
"""The root commit of ``acme/handbook``, shared by a personal repository."""
HANDBOOK = "acme/handbook"
MODEL, USD = "claude-opus-4-8", 5.0
PUBLIC: tuple[str, ...] = ("danareyes/knowledge-base", "danareyes/architecture-notes", "samoduya/weekend-game")
PUBLIC += ("samoduya/myschool-startup", "samoduya/family-website", "alextran/agent-swarm", "alextran/benchmarks")
LONG = 40
"""Minutes. Shorter work is generated minute by minute."""
PEOPLE = 6
"""Number of people with a story."""
DANA = ("dana.reyes@acme.example", "platform")
SAM = ("sam.oduya@acme.example", "mobile")
KIM = ("kim.larsen@acme.example", "data")
RAVI = ("ravi.menon@acme.example", "search")
ALEX = ("alex.tran@acme.example", "core")
MIA = ("mia.keller@acme.example", "growth")
_UTC_NIGHT = 21


BRANCHES = {
    HANDBOOK: "PLA-7-onboarding",
    "acme/api-worker": "DAT-42-batch-import",
    "acme/feed-web": "MOB-18-offline-feed",
    "acme/graph-sdk": "SEA-88-agents-experiment",
    "acme/cart-service": "GRO-31-checkout",
}
"""The branch of each company repository's story."""


class Work(NamedTuple):
    """One session. ``hits``: share of its prompt tokens read from the cache. ``reads``: a repository that every prompt
    reads in besides."""

    user: str
    team: str
    repository: str
    begin: datetime
    minutes: int
    usd: float
    hits: float = 0.9
    commits: int = 0
    reads: str = ""


def stories(now: datetime, days: int) -> Iterator[Rows]:
    """Yield the sessions of all stories within ``days`` before ``now`` (UTC, naive)."""
    first = now - timedelta(days=days)
    for place, work in enumerate(_works(now, days)):
        if work.begin >= first:
            yield _session(work, f"story-{place}", random.Random(place))  # noqa: S311


def cases(today: date) -> list[dict[str, str]]:
    """Return what an administrator has decided, as ``PUT /api/v1/cases`` takes it."""
    yesterday, before = today - timedelta(days=1), today - timedelta(days=3)
    return [
        {"user": user, "repository": repository, "status": status, "note": note, "day": day.isoformat()}
        for user, repository, status, note, day in (
            (
                SAM[0],
                "samoduya/family-website",
                "legitimate",
                "Agreed with the team lead: a hobby, evenings only.",
                before,
            ),
            (DANA[0], "danareyes/architecture-notes", "talked-to", "Dana will move it into acme/handbook.", before),
            (ALEX[0], "alextran/benchmarks", "moved", "Now in acme/benchmarks.", yesterday),
        )
    ]


def _works(now: datetime, days: int) -> Iterator[Work]:
    yield from _last_hour(now)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day in (midnight - timedelta(days=number) for number in range(1, days + 1)):
        if day.weekday() < 5:
            # Three quarters of Dana's spend is in personal repositories that are named like the company's work.
            for repository, hour, usd in (
                ("danareyes/knowledge-base", 9, 21.0),
                ("danareyes/architecture-notes", 13, 12.0),
                (HANDBOOK, 15, 11.0),
            ):
                # Dana writes about architecture while reading the company's handbook.
                reads = HANDBOOK if repository == "danareyes/architecture-notes" else ""
                yield Work(*DANA, repository, day + timedelta(hours=hour), 70, usd, 0.9, 1, reads)
            # Nearly none of Kim's prompt tokens come from the cache.
            yield Work(*KIM, "acme/api-worker", day + timedelta(hours=10), 45, 14.0, 0.12, 1)
        # Sam works on personal projects in the evening and at the weekend.
        hour = 14 if day.weekday() >= 5 else _UTC_NIGHT
        names = ("weekend-game", "myschool-startup", "family-website")
        yield Work(*SAM, f"samoduya/{names[day.day % 3]}", day + timedelta(hours=hour), 90, 9.0)
        if day.weekday() < 5:
            yield Work(*SAM, "acme/feed-web", day + timedelta(hours=9), 60, 6.0, 0.9, 2)
    saturday = midnight - timedelta(days=(now.weekday() + 2) % 7 or 7)
    # One weekend, Ravi ran many agents at once.
    for number in range(6):
        yield Work(
            *RAVI,
            "acme/graph-sdk",
            saturday + timedelta(hours=10, minutes=number * 7),
            100,
            105.0,
        )
    # A session that nobody stopped.
    yield Work(*MIA, "acme/cart-service", midnight - timedelta(days=2, hours=-7), 560, 410.0)


def _last_hour(now: datetime) -> Iterator[Work]:
    """Yield work for about $7,000, of which 58 % is outside the organization."""
    # The last hour of the dashboard ends with the quarter of an hour that has begun.
    begin = now - timedelta(minutes=36)
    for who, repository, usd in (
        (ALEX, "alextran/agent-swarm", 2640.0),
        (ALEX, "alextran/benchmarks", 1420.0),
        (RAVI, "acme/graph-sdk", 1180.0),
        (MIA, "acme/cart-service", 950.0),
        (KIM, "acme/api-worker", 810.0),
    ):
        # Alex's agents read the source of the company's agents.
        reads = "acme/graph-sdk" if repository == "alextran/agent-swarm" else ""
        yield Work(*who, repository, begin, 34, usd, 0.12 if who is KIM else 0.9, reads=reads)


def _session(work: Work, name: str, dice: random.Random) -> Rows:
    """Yield an export of metrics every minute, for longer work every five minutes; and a prompt every five minutes."""
    repository = parse_remote(f"https://github.com/{work.repository}")
    read = parse_remote(f"https://github.com/{work.reads}") if work.reads else None
    assert repository is not None  # noqa: S101
    rows = Rows([], [], [])
    start = int((work.begin - datetime(1970, 1, 1)).total_seconds()) * SECOND
    prompt = ""
    left = round(work.usd * 1_000_000)
    step = 1 if work.minutes < LONG else 5
    for minute in range(0, work.minutes, step):
        time = Microseconds(start + minute * 60 * SECOND)
        if minute % 5 == 0:
            prompt = f"{dice.getrandbits(64):016x}"
            begun = Microseconds(time - 20 * SECOND)
            if read:
                looked = _span(work, read, name, prompt, begun, dice)
                rows.spans.append(looked._replace(touch=looked.touch._replace(reads=1)))
            rows.spans.append(_span(work, repository, name, prompt, begun, dice))
        # In millionths of a dollar; the last part takes the remainder.
        part = left // -(-(work.minutes - minute) // step)
        left -= part
        cell = Cell(quarter_of(time), name, work.user, "", work.team, MODEL, "main", "medium", "normal")
        # Cache reads cost a tenth of an input token, cache writes 1.25 times.
        unit = (work.hits * 0.1 + (1 - work.hits) * (0.7 * 1.25 + 0.3) + 0.02 * 5) * USD / 1_000_000
        prompted = int(part / 1_000_000 / unit)
        changes = {
            "lines_added": step * dice.randrange(12),
            "lines_removed": step * dice.randrange(4),
            "commits": work.commits if minute + step >= work.minutes else 0,
            "pull_requests": 0,
        }
        amounts = {
            "cost_usd": part * 1000,
            "cache_read_tokens": int(prompted * work.hits) * 10**9,
            "cache_creation_tokens": int(prompted * (1 - work.hits) * 0.7) * 10**9,
            "input_tokens": int(prompted * (1 - work.hits) * 0.3) * 10**9,
            "output_tokens": int(prompted * 0.02) * 10**9,
            "active_time_cli": step * 50 * 10**9,
            "active_time_user": step * 8 * 10**9,
            **{name: amount * 10**9 for name, amount in changes.items()},
        }
        if minute == 0:
            rows.points.append(Point(time, dice.getrandbits(64), cell, None, Nano(0)))
        rows.points.extend(
            Point(time, dice.getrandbits(64), cell, MEASURES.index(measure), Nano(nano))
            for measure, nano in amounts.items()
            if nano
        )
        number = len(rows.events)
        asked = Request(
            time=time,
            id=dice.getrandbits(64),
            session_id=name,
            prompt_id=prompt,
            agent="",
            parent="",
            request_id=f"req_{name}_{number}",
            started=Microseconds(time - 20 * SECOND),
            sequence=number,
            model=MODEL,
            query_source="main",
            nano=Nano(amounts["cost_usd"]),
            input_tokens=amounts["input_tokens"] // 10**9,
            output_tokens=amounts["output_tokens"] // 10**9,
            cache_read_tokens=amounts["cache_read_tokens"] // 10**9,
            cache_creation_tokens=amounts["cache_creation_tokens"] // 10**9,
        )
        calls = [
            Call(
                time=time,
                id=dice.getrandbits(64),
                session_id=name,
                prompt_id=prompt,
                agent="",
                request_id=asked.request_id,
                started=time,
                tool_use_id=f"toolu_{name}_{number}_{tool}",
                tool=tool,
                finished=True,
                failed=False,
            )
            for tool in ("Read", "Edit", "Bash")
        ]
        rows.events.extend((asked, *calls))
        rows.spans[-1] = with_calls(rows.spans[-1], calls, changes)
    return rows


def _span(
    work: Work,
    place: Repository,
    session: str,
    prompt: str,
    time: Microseconds,
    dice: random.Random,
) -> Span:
    ident = f"{dice.getrandbits(128):032x}{dice.getrandbits(64):016x}"
    end = Microseconds(time + 240 * SECOND)
    touch = Touch(
        time=time,
        id=ident,
        end_time=end,
        session_id=session,
        prompt_id=prompt,
        user_email=work.user,
        user_id="",
        team=work.team,
        repository=place.key,
        head_name=BRANCHES.get(place.display, "main"),
        head_revision=ident[:40],
        reads=0,
        edits=0,
        searches=0,
        commands=0,
        lines_added=0,
        lines_removed=0,
        commits=0,
        pull_requests=0,
        utc_offset=0,
    )
    roots = [SHARED_ROOT] if place.display in {HANDBOOK, "danareyes/architecture-notes"} else []
    sighting = Sighting(place.key, place.display, place.host, place.owner, place.name, True, roots, time, end, ident)
    return Span(touch, sighting)
