"""How long an import of past sessions takes: the complete command, into a running ledger.

Run it: ``.venv/bin/python tests/bench/import_sessions.py [MEGABYTES]``. Transcripts are generated: each turn is an
answer with a tool call and its result, among them edits and commands, in real repositories.
"""

import json
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.git_repository import make_repository
from builders.ledger import running_ledger
from builders.machine import Machine

FILE_BYTES = 4_000_000
REPOSITORIES = 8
USAGE = {
    "input_tokens": 12,
    "cache_creation_input_tokens": 2300,
    "cache_read_input_tokens": 51_000,
    "output_tokens": 420,
    "cache_creation": {"ephemeral_5m_input_tokens": 2300, "ephemeral_1h_input_tokens": 0},
}


def write_transcripts(folder: Path, repositories: list[Path], megabytes: int) -> int:
    """Write files of that total size; return how many answers they contain."""
    answers, begin = 0, datetime.now(UTC) - timedelta(days=20)
    for number in range(max(1, megabytes * 1_000_000 // FILE_BYTES)):
        session, cwd = str(uuid.UUID(int=number + 1)), repositories[number % len(repositories)]
        path = folder / "-src" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            turn = 0
            while file.tell() < FILE_BYTES:
                moment = begin + timedelta(minutes=number * 3, seconds=turn * 7)
                for line in _turn(session, cwd, turn, moment):
                    file.write(json.dumps(line) + "\n")
                turn += 1
                answers += 1
    return answers


def _turn(session: str, cwd: Path, turn: int, moment: datetime) -> list[dict[str, object]]:
    common = {"sessionId": session, "cwd": str(cwd), "timestamp": moment.isoformat(), "isSidechain": False}
    text = f"line {turn} of a file\n" * 250
    file = str(cwd / "src" / f"module{turn % 40}.py")
    tool, given, response = {
        0: (
            "Edit",
            {"file_path": file, "old_string": "a", "new_string": "b"},
            {"structuredPatch": [{"lines": ["+b", "-a"]}]},
        ),
        1: ("Bash", {"command": f"cd {cwd} && python -m pytest tests -k module{turn} | tail -n 20"}, {"stdout": text}),
    }.get(turn % 3, ("Read", {"file_path": file}, {"type": "text", "file": {"content": text}}))
    call = f"toolu_{session[-6:]}{turn}"
    usage = {"id": f"msg_{session[-6:]}{turn}", "role": "assistant", "model": "claude-opus-4-8", "usage": USAGE}
    answer = usage | {"content": [{"type": "tool_use", "id": call, "name": tool, "input": given}]}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call, "content": text}]}
    lines: list[dict[str, object]] = [
        common | {"type": "assistant", "uuid": f"a{turn}", "requestId": f"req_{turn}", "message": answer},
        common
        | {
            "type": "user",
            "uuid": f"u{turn}",
            "promptId": f"p{turn // 10}",
            "message": result,
            "toolUseResult": response,
        },
    ]
    if turn % 10 == 0:
        prompt = {"role": "user", "content": "go on"}
        lines.insert(
            0, common | {"type": "user", "uuid": f"q{session}{turn}", "promptId": f"p{turn // 10}", "message": prompt}
        )
    return lines


def main(megabytes: int = 100) -> int:
    """Write transcripts, import them, import them again."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        repositories = [
            make_repository(home / "src" / f"r{number}", f"git@github.com:acme/r{number}.git")
            for number in range(REPOSITORIES)
        ]
        answers = write_transcripts(home / ".claude" / "projects", repositories, megabytes)
        machine = Machine(home)
        with running_ledger(home / "data") as ledger:
            for what in ("imported", "again"):
                begin = time.perf_counter()
                done = machine.whence("import", "--ledger", ledger.url)
                took = time.perf_counter() - begin
                if done.returncode:
                    print(done.stderr, file=sys.stderr)
                    return 1
                print(f"{what}: {megabytes} MB, {answers:,} answers in {took:.1f} s ({megabytes / took:.0f} MB/s)")
            rows = ledger.get("repositories")
            print(f"{len(rows)} repositories, ${sum(row['cost_usd'] for row in rows):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
