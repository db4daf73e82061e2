"""Which calls of a transcript have run: by the lines that both clients really wrote, with shorter paths."""

from pathlib import Path
from typing import Any

import pytest

from builders.transcript import answer, prompt, result, write
from whence_hook.flush.transcript import Conversation, entry_of, objects

RAN, FAILED, INTERRUPTED, NOT_RUN = (False, False), (True, False), (True, True), None
REFUSED_BY_A_PERSON = "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was …"
DENIED = {"decision": "reject", "source": "config", "reasonCode": "rule:userSettings"}
ALLOWED = {"decision": "accept", "source": "config", "reasonType": "mode"}
OLD = [
    ("Bash", None, RAN),
    ("Bash", "Exit code 1", FAILED),
    ("Bash", "Exit code 143\nCommand timed out after 1s", FAILED),
    ("Read", "File does not exist. Note: your current working directory is /src/api.", FAILED),
    ("mcp__files__copy", "no such folder: /src/web", FAILED),
    ("Bash", "Permission to use Bash with command touch /src/api/x\nls has been denied.", NOT_RUN),
    (
        "Bash",
        "touch in '/src/api/x' was blocked. For security, Claude Code may only create …",
        NOT_RUN,
    ),
    ("Bash", "because I say so", NOT_RUN),
    ("Write", "Claude requested permissions to write to /src/api/q, but you haven't granted it yet.", NOT_RUN),
    ("Write", "Permission to use Write has been denied because Claude Code is running in don't ask mode. …", NOT_RUN),
    ("Write", "Cannot write to /src/api/q2 while in plan mode.", NOT_RUN),
    ("Read", "PreToolUse:Read hook error: [echo no way >&2; exit 2]: no way\n", NOT_RUN),
    (
        "Read",
        "<tool_use_error>File is in a directory that is denied by your permission settings.…",
        NOT_RUN,
    ),
    (
        "Edit",
        "<tool_use_error>File has not been read yet. Read it first before writing…",
        NOT_RUN,
    ),
    # The same words for a call that a person refused, and for one that ran until they interrupted it.
    ("Bash", REFUSED_BY_A_PERSON, NOT_RUN),
    ("Edit", REFUSED_BY_A_PERSON, NOT_RUN),
]
NEWEST = [
    ("Read", "because I say so", {"toolDenialKind": "permission-rule", "permissionDecision": DENIED}, NOT_RUN),
    ("Bash", "Exit code 1", {"permissionDecision": DENIED}, NOT_RUN),
    ("Bash", "Auto mode is unavailable", {"toolDenialKind": "automode-unavailable"}, NOT_RUN),
    ("Bash", REFUSED_BY_A_PERSON, {"toolDenialKind": "user-rejected", "toolDenialBeforeRun": True}, NOT_RUN),
    ("Bash", REFUSED_BY_A_PERSON, {"toolDenialKind": "user-rejected"}, INTERRUPTED),
    ("Bash", "Exit code 2", {"sandboxed": False, "permissionDecision": ALLOWED}, FAILED),
    ("Read", "Permission to use it has been denied.", {"permissionDecision": ALLOWED}, FAILED),
    ("Edit", "<tool_use_error>String to replace not found in file.", {"permissionDecision": ALLOWED}, NOT_RUN),
]


@pytest.mark.parametrize(("tool", "error", "more", "expected"), [*((*row[:2], {}, row[2]) for row in OLD), *NEWEST])
def test_a_call_that_was_not_allowed_to_run_is_none(
    tmp_path: Path, tool: str, error: str | None, more: dict[str, Any], expected: tuple[bool, bool] | None
) -> None:
    path = write(
        tmp_path / "s1.jsonl",
        prompt(0, tmp_path),
        answer(1, ("t1", tool, {})),
        "damaged",
        result(2, "t1", tmp_path, error=error) | more,
    )
    conversation = Conversation()
    entries = [entry for data in objects(path) if data and (entry := entry_of(data))]
    calls = [call for entry in entries for call in conversation.add(entry)]
    assert [(call.id, call.failed, call.interrupted) for call in calls] == ([("t1", *expected)] if expected else [])
