"""Encode past sessions as the OTLP requests that Claude Code's telemetry would have sent.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage. The same sessions give the same bytes, so the ledger
counts them once, even if they are sent twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from whence_contract import attribute as a
from whence_contract import claude_code as cc
from whence_contract import otlp
from whence_contract.units import Nanoseconds
from whence_hook.flush.account import Account
from whence_importer.transcript import Call, Request

_QUARTER = 15 * 60 * 1_000_000_000
Attributes = tuple[tuple[str, str], ...]


class _Sums:
    """Amounts by metric, attributes and quarter of an hour, each with its first and last time."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, Attributes, int], list[float]] = {}

    def add(self, series: cc.Series, time: Nanoseconds, value: float, attributes: Mapping[str, str]) -> None:
        """Add ``value`` to the quarter of an hour that contains ``time``."""
        if value:
            key = series.metric, tuple(sorted({**attributes, **series.attributes}.items())), time // _QUARTER
            known = self._sums.setdefault(key, [time, time, 0.0])
            known[:] = min(known[0], time), max(known[1], time), known[2] + value

    def points(self) -> Iterator[otlp.Point]:
        """Yield all points, in an order that depends only on their content."""
        for (metric, attributes, _), (first, last, value) in sorted(self._sums.items()):
            yield otlp.Point(metric, attributes, Nanoseconds(int(first)), Nanoseconds(int(last)), value)


def metrics_request(requests: Iterable[Request], calls: Iterable[Call], account: Account) -> bytes:
    """Return an OTLP request with cost, tokens, lines, commits, pull requests and the number of sessions."""
    who = _who(account)
    sums = _Sums()
    for one in requests:
        common = who | {a.SESSION_ID: one.session, cc.MODEL: one.model}
        common |= {cc.QUERY_SOURCE: one.source, cc.SPEED: one.speed}
        sums.add(cc.SERIES["cost_usd"], one.time, one.cost_usd or 0.0, common)
        for name in cc.TOKENS:
            sums.add(cc.SERIES[name], one.time, getattr(one, name), common)
    for call in calls:
        common = who | {a.SESSION_ID: call.record.session}
        for change in call.record.changes:
            sums.add(cc.SERIES["lines_added"], call.record.time, change.added, common)
            sums.add(cc.SERIES["lines_removed"], call.record.time, change.removed, common)
            sums.add(cc.SERIES["commits"], call.record.time, change.commits, common)
            sums.add(cc.SERIES["pull_requests"], call.record.time, change.pull_requests, common)
    for session, time in _begins(calls).items():
        sums.add(cc.Series(cc.SESSION_COUNT), time, 1, who | {a.SESSION_ID: session})
    return otlp.encode_sums(otlp.Source(cc.SCOPE), sums.points())


def logs_request(requests: Iterable[Request], calls: Iterable[Call]) -> bytes:
    """Return an OTLP request with an event for each answer, which contains its cost, and two for each tool call."""
    made = [call for call in calls if call.tool]
    events = [*map(_api_request, requests), *map(_tool_decision, made), *map(_tool_result, made)]
    return otlp.encode_logs(otlp.Source(cc.EVENTS_SCOPE), events)


def _api_request(one: Request) -> otlp.Log:
    attributes = {cc.EVENT_NAME: cc.API_REQUEST, a.SESSION_ID: one.session, cc.REQUEST_ID: one.id}
    attributes |= {a.PROMPT_ID: one.prompt, cc.COST_USD: f"{one.cost_usd or 0.0:.9f}", cc.MODEL: one.model}
    attributes |= {cc.QUERY_SOURCE: one.source} | {name: str(getattr(one, name)) for name in cc.TOKENS}
    attributes |= {a.AGENT_ID: one.agent} if one.agent else {}
    return otlp.Log(one.time, cc.PREFIX + cc.API_REQUEST, tuple(attributes.items()))


def _tool_decision(call: Call) -> otlp.Log:
    """Return the event of a tool decision, with the id of the answer that requested the call.

    The result must not have that id: earlier versions of whence sent results without it, and the ledger would count
    them again.
    """
    attributes = {cc.EVENT_NAME: cc.TOOL_DECISION, a.SESSION_ID: call.record.session, cc.TOOL_USE_ID: call.id}
    attributes |= {cc.TOOL_NAME: call.tool, cc.REQUEST_ID: call.request}
    attributes |= {a.PROMPT_ID: call.record.prompt} if call.record.prompt else {}
    attributes |= {a.AGENT_ID: call.record.agent} if call.record.agent else {}
    return otlp.Log(call.record.time, cc.PREFIX + cc.TOOL_DECISION, tuple(attributes.items()))


def _tool_result(call: Call) -> otlp.Log:
    attributes = {cc.EVENT_NAME: cc.TOOL_RESULT, a.SESSION_ID: call.record.session, cc.TOOL_USE_ID: call.id}
    attributes |= {cc.TOOL_NAME: call.tool, cc.SUCCESS: str(not call.failed).lower()}
    return otlp.Log(call.record.time, cc.PREFIX + cc.TOOL_RESULT, tuple(attributes.items()))


def _who(account: Account) -> dict[str, str]:
    known = {a.USER_EMAIL: account.email, a.USER_ID: account.id}
    return {name: value for name, value in known.items() if value}


def _begins(calls: Iterable[Call]) -> dict[str, Nanoseconds]:
    times: defaultdict[str, list[Nanoseconds]] = defaultdict(list)
    for call in calls:
        times[call.record.session].append(call.record.time)
    return {session: min(moments) for session, moments in times.items()}
