"""The pack of a session."""

import asyncio
from dataclasses import replace

from whence_ledger.dashboard.evidence import tables
from whence_ledger.dashboard.evidence.figures import figures, when, with_day
from whence_ledger.dashboard.evidence.pack import MAX_ROWS, Ask, Pack
from whence_ledger.dashboard.plot import UNKNOWN
from whence_ledger.dashboard.view import SPLITS, whole_session
from whence_ledger.model.query import FIRST, LAST, Query

QUESTION = "What did session {} cost, and in which repositories did it work?"
_PROMPTS: tuple[str, ...] = ("prompt", "started", "cost_usd", "tokens", "requests", "models", "repositories")
_PROMPTS += ("touches", "lines_added", "lines_removed", "commits")


async def session(ask: Ask, about: str, asked: Query, link: str) -> Pack | None:
    """Gather the pack of a session, from its start to its end; ``None`` if there is no such session."""
    found = await ask("session", replace(asked, session=about))
    if not found:
        return None
    (row,) = found
    whole = whole_session(asked, row)
    parts, prompts, tools = await asyncio.gather(
        ask("session_repositories", whole),
        ask("session_prompts", replace(whole, limit=MAX_ROWS + 1)),
        ask("session_tools", whole),
    )
    names = sorted({one["repository"] for one in parts if one["repository"]})
    ever = replace(asked, repositories=tuple(names), begin=FIRST, end=LAST)
    changes = await ask("label_changes", ever) if names else []
    return Pack(
        "session",
        about,
        QUESTION.format(about),
        [
            ("User", row["user"] or UNKNOWN),
            ("Team", row["team"] or "none"),
            ("Session", f"{when(row['started'])} to {when(row['ended'])}"),
            ("Rule", f"{SPLITS[asked.split]}."),
        ],
        "",
        [],
        figures(parts),
        [tables.parts(with_day(parts, changes)), tables.prompts(prompts), tables.tools(tools)],
        link,
        _PROMPTS,
        [[one[name] for name in _PROMPTS] for one in prompts[:MAX_ROWS]],
    )
