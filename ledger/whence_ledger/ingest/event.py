"""Events: convert a log record of Claude Code to the row that the ledger stores.

https://docs.anthropic.com/en/docs/claude-code/monitoring-usage#events
"""

from whence_contract import attribute as a
from whence_contract import claude_code as cc
from whence_contract.units import Microseconds, Nanoseconds, microseconds
from whence_ledger.ingest.attributes import Attributes, amount, count, text, truth
from whence_ledger.model.identity import item_id
from whence_ledger.model.item import Call, Command, Event, Request, Start, to_nano

MAX_REQUEST_USD = 1_000_000


def read_event(name: str, time: Nanoseconds, attributes: Attributes) -> Event | None:
    """Return the row of an event at ``time``; ``None`` for an event that no figure needs."""
    session_id, tool = text(attributes.get(a.SESSION_ID)), text(attributes.get(cc.TOOL_NAME))
    if not session_id:
        return None
    request_id, call_id = text(attributes.get(cc.REQUEST_ID)), text(attributes.get(cc.TOOL_USE_ID))
    sequence = count(attributes.get(cc.EVENT_SEQUENCE))
    ident = item_id(repr((name, time, session_id, sequence, request_id, call_id)))
    prompt_id, agent = text(attributes.get(a.PROMPT_ID)), text(attributes.get(a.AGENT_ID))
    moment = microseconds(time)
    started = Microseconds(max(0, moment - 1000 * (count(attributes.get("duration_ms")) or 0)))
    if name == cc.API_REQUEST:
        spoken = text(attributes.get(cc.QUERY_SOURCE))
        source = query_source(spoken)
        return Request(
            time=moment,
            id=ident,
            session_id=session_id,
            prompt_id=prompt_id,
            agent=agent or (spoken if source == "subagent" else ""),
            parent=text(attributes.get("parent_agent_id")),
            request_id=request_id,
            started=started,
            sequence=sequence or 0,
            model=text(attributes.get(cc.MODEL)).partition("[")[0],
            query_source=source,
            skill=text(attributes.get(cc.SKILL)),
            subagent=text(attributes.get(cc.SUBAGENT)),
            plugin=text(attributes.get(cc.PLUGIN)),
            mcp_server=text(attributes.get(cc.MCP_SERVER)),
            nano=to_nano(min(amount(attributes.get(cc.COST_USD)) or 0, MAX_REQUEST_USD)),
            input_tokens=count(attributes.get("input_tokens")) or 0,
            output_tokens=count(attributes.get("output_tokens")) or 0,
            cache_read_tokens=count(attributes.get("cache_read_tokens")) or 0,
            cache_creation_tokens=count(attributes.get("cache_creation_tokens")) or 0,
        )
    if (name == cc.TOOL_RESULT and tool) or (name == cc.TOOL_DECISION and call_id):
        finished = name == cc.TOOL_RESULT
        return Call(
            time=moment,
            id=ident,
            session_id=session_id,
            prompt_id=prompt_id,
            agent=agent,
            request_id=request_id,
            started=started,
            tool_use_id=call_id,
            tool=tool,
            finished=finished,
            failed=finished and truth(attributes.get(cc.SUCCESS)) is False,
        )
    if name == cc.USER_PROMPT and (command := command_of(text(attributes.get(cc.COMMAND)))):
        return Command(moment, ident, session_id, prompt_id, command)
    if name in {cc.HOOK_REGISTERED, cc.SETTINGS_RESOLVED}:
        return Start(moment, ident, session_id, name == cc.HOOK_REGISTERED)
    return None


def command_of(spoken: str) -> str:
    """Return the name of a slash command: the first word, so that no argument is stored."""
    return next(iter(spoken.split()), "").removeprefix("/")


def query_source(spoken: str) -> str:
    """Return an event's ``query_source`` as the metrics name it, by Claude Code's own mapping; empty if it has none."""
    if not spoken or spoken in {"main", "subagent", "auxiliary"}:
        return spoken
    if spoken.startswith("repl_main_thread") or spoken == "sdk":
        return "main"
    return "subagent" if spoken.startswith("agent:") or spoken == "hook_agent" else "auxiliary"
