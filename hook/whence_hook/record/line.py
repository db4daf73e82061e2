"""The spool line of an event: one JSON object. Part of the hot path.

A tool call has two lines with the same ``tool_use_id``: ``"is":"call"`` before it runs, with what it reaches from the
folder that it starts in, and a second one with its changes. ``"is":"asked"``: a person was asked for permission.
``"is":"done"``: a turn has ended, so none of its calls still runs. ``"is":"ended"``: the session has ended. ``heads``:
folder, branch and commit of each root, if known.
"""

from whence_hook.machine import spool
from whence_hook.record import touch, touched
from whence_hook.record.fast_json import quote

RECORD_VERSION = 2
_KINDS_OF_LINE = {
    "PreToolUse": "call",
    "PermissionRequest": "asked",
    "Stop": "done",
    "SubagentStop": "done",
    "SessionEnd": "ended",
}
_IDS = (("session", "session_id"), ("prompt", "prompt_id"), ("agent", "agent_id"), ("tool", "tool_use_id"))


def line(event: touch.Json, now: int, found: touched.Touched) -> bytes:
    """Return the line of an event at ``now`` (nanoseconds since 1970).

    ``kind`` is ``null`` for the beginning of a session or prompt, which shows where the session works before it touches
    anything. ``alone``, if it differs from ``roots``: what to count if the call's first line is missing.
    """
    name = str(event.get("hook_event_name"))
    ids = ",".join(f'"{key}":{_id(event, field)}' for key, field in _IDS)
    kind = quote(found.kind) if found.kind else "null"
    what = _KINDS_OF_LINE.get(name)
    if what:
        # Not named "roots", so that the flush of an older version, which does not know these lines, skips them.
        more = f'"is":"{what}","reach":{_roots(found.roots)}{_heads(found)}'
    else:
        more = f'"roots":{_roots(found.roots)}'
        more += f',"alone":{_roots(found.alone)}' if found.alone is not None else ""
        more += _heads(found)
        more += ',"failed":true' if name == "PostToolUseFailure" else ""
    return f'{{"v":{RECORD_VERSION},"time":{now},{ids},"kind":{kind},{more}}}'.encode("ascii")


def _roots(counts: touched.Counts) -> str:
    each = (f"[{quote(path)},{quote(main)},{','.join(map(str, numbers))}]" for (path, main), numbers in counts.items())
    return f"[{','.join(each)}]"


def _heads(found: touched.Touched) -> str:
    each = [f"[{quote(root[0])},{_text(branch)},{_text(commit)}]" for root, (branch, commit) in found.heads.items()]
    return f',"heads":[{",".join(each)}]' if each else ""


def _text(value: str | None) -> str:
    return quote(value) if value else "null"


def _id(event: touch.Json, name: str) -> str:
    value = event.get(name)
    return quote(value) if isinstance(value, str) and spool.is_id(value) else "null"
