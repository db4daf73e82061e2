"""Scripted sessions of the real client whose true cost by repository is known, and how far a split is from it.

The truth: the cost of an API request belongs to the repositories that its own tool calls touched, else to those touched
last before it by the same agent, else first after it, else to the session's. The requests of a subagent that touched
nothing belong with the request that started it. The client's own events give the cost of each request.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from builders.claude_code import run_session
from builders.machine import Machine
from fakes.messages_api import Answer, Script, ToolCall, Turn, messages_api
from fakes.telemetry_tap import Tap


class Shape(NamedTuple):
    """A session. ``scripts``: by name, including those of subagents. ``prompts``: the scripts of the main agent, in
    order; each runs in a separate client process that resumes the session."""

    name: str
    scripts: Mapping[str, Script]
    prompts: Sequence[str]


class Played(NamedTuple):
    """A session that has run. ``truth``: dollars by repository. ``tokens``: by repository and model."""

    session: str
    cost_usd: float
    truth: dict[str, float]
    tokens: dict[tuple[str, str], float]


def play(
    machine: Machine, client: Path, tap: Tap, places: Mapping[str, Path], start: Path, shape: Shape, team: str
) -> Played:
    """Run a session with the real client, started in ``start``. ``places``: the repositories by their names in reports.
    ``team``: identifies the session's figures in reports."""
    answers: list[Answer] = []
    session = None
    with messages_api(shape.scripts, answers=answers) as url:
        for prompt in shape.prompts:
            options: Sequence[str] = ("--resume", session.id) if session else ()
            text = prompt if prompt.startswith("/") else f"SCRIPT:{prompt}"
            named = {"OTEL_RESOURCE_ATTRIBUTES": f"team.id={team}"}
            session = run_session(machine, url, start, text, client, options, **named)
    assert session is not None
    assert machine.flush().returncode == 0
    events = [one for one in tap.events("api_request") if one["session.id"] == session.id]
    return _weighed(session.id, events, answers, places, set(shape.prompts))


def _weighed(
    session: str, events: list[dict[str, Any]], answers: list[Answer], places: Mapping[str, Path], prompts: set[str]
) -> Played:
    cost = {str(event["request_id"]): float(event["cost_usd"]) for event in events}
    paid = [answer for answer in answers if answer.request_id in cost]
    assert {answer.request_id for answer in paid} == cost.keys(), "an api_request that the API has not answered"
    # Requests without a script belong to the main agent: titles, summaries.
    agent = {one.request_id: "" if one.script in prompts or not one.script else one.script for one in paid}
    own = {one.request_id: Counter(_touched(one.calls, places)) for one in paid}
    starter = {name: one.request_id for one in paid for name in _started(one.calls)}
    every = sum(own.values(), Counter())

    def belongs(at: int) -> Counter[str]:
        mine = [place for place, one in enumerate(paid) if agent[one.request_id] == agent[paid[at].request_id]]
        before = [place for place in mine if place <= at and own[paid[place].request_id]]
        after = [place for place in mine if place > at and own[paid[place].request_id]]
        if before or after:
            return own[paid[before[-1] if before else after[0]].request_id]
        name = agent[paid[at].request_id]
        if name:
            (parent,) = [place for place, one in enumerate(paid) if one.request_id == starter[name]]
            return belongs(parent)
        return every

    truth: defaultdict[str, float] = defaultdict(float)
    tokens: defaultdict[tuple[str, str], float] = defaultdict(float)
    by_id = {str(event["request_id"]): event for event in events}
    kinds = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
    for place, one in enumerate(paid):
        weights, event = belongs(place), by_id[one.request_id]
        for name, weight in weights.items():
            share = weight / weights.total()
            truth[name] += cost[one.request_id] * share
            tokens[name, str(event["model"])] += sum(float(event[kind]) for kind in kinds) * share
    return Played(session, sum(cost.values()), dict(truth), dict(tokens))


def _touched(calls: Sequence[ToolCall], places: Mapping[str, Path]) -> list[str]:
    """Return the repository of each call that names its folder."""
    return [name for call in calls for name, folder in places.items() if f"{folder}/" in f"{dict(call.input)}"]


def _started(calls: Sequence[ToolCall]) -> list[str]:
    return [str(call.input["prompt"]).removeprefix("SCRIPT:") for call in calls if call.name == "Agent"]


def astray(truth: Mapping[str, float], found: Mapping[str | None, float]) -> float:
    """Return the total variation from the truth: the share of the cost attributed to the wrong repositories."""
    names = {name for name in [*truth, *found] if name}
    whole = sum(truth.values())
    wrong = sum(abs(truth.get(name, 0.0) - found.get(name, 0.0)) for name in names) + found.get(None, 0.0)
    return wrong / 2 / whole


def read(place: Path, times: int = 1) -> list[ToolCall]:
    """Return concurrent reads of a file."""
    return [ToolCall("Read", {"file_path": f"{place}/README.md"})] * times


def write(place: Path, name: str = "new.txt") -> list[ToolCall]:
    """Return a call that creates a file."""
    return [ToolCall("Write", {"file_path": f"{place}/{name}", "content": "one\ntwo\n"})]


def agent(script: str, model: str = "haiku") -> list[ToolCall]:
    """Return a call that starts a subagent, which plays a script."""
    given = {"description": "look", "prompt": f"SCRIPT:{script}", "subagent_type": "general-purpose", "model": model}
    return [ToolCall("Agent", given)]


def turn(*calls: Sequence[ToolCall], overloaded: bool = False, **usage: int) -> Turn:
    """Return an answer with these calls and its usage: ``output``, ``read``, ``creation`` or ``input`` tokens."""
    names = {
        "output": "output_tokens",
        "read": "cache_read_input_tokens",
        "creation": "cache_creation_input_tokens",
        "input": "input_tokens",
    }
    flat = [call for several in calls for call in several]
    return Turn(flat, {names[kind]: count for kind, count in usage.items()}, overloaded)
