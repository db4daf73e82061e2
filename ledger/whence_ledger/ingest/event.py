"""Events: what the ledger keeps of one of Claude Code's log records.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage#events
"""

from whence_contract import attribute as a
from whence_ledger.ingest.attributes import Attributes, amount, count, item_id, text, truth
from whence_ledger.model.item import Event, to_nano

MAX_REQUEST_USD = 1_000_000
API_REQUEST, TOOL_RESULT = "api_request", "tool_result"


def read_event(name: str, time: int, attributes: Attributes) -> Event | None:
    """The row of an event at ``time`` (nanoseconds since 1970); ``None`` for one that no figure needs."""
    session_id, tool = text(attributes.get(a.SESSION_ID)), text(attributes.get("tool_name"))
    if not session_id or not (name == API_REQUEST or (name == TOOL_RESULT and tool)):
        return None
    identity = (
        name,
        time,
        session_id,
        count(attributes.get("event.sequence")),
        text(attributes.get("request_id")),
        text(attributes.get("tool_use_id")),
    )
    cost = amount(attributes.get("cost_usd")) if name == API_REQUEST else None
    return Event(
        time=time // 1000,
        id=item_id(repr(identity)),
        session_id=session_id,
        prompt_id=text(attributes.get(a.PROMPT_ID)),
        nano=to_nano(min(cost or 0, MAX_REQUEST_USD)),
        tool=tool if name == TOOL_RESULT else "",
        failed=name == TOOL_RESULT and truth(attributes.get("success")) is False,
    )
