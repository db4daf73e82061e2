"""What the hook costs a whole session: wall time of a scripted session of 40 tool calls with it and without it.

Run it: ``.venv/bin/python tests/bench/session.py [PAIRS]``. The real client, a Messages API that answers after 300 ms
as a fast model does, alternating runs, the difference of the medians. It takes half a minute a pair.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.claude_code import run_session
from builders.git_repository import make_repository
from builders.machine import Machine
from fakes.messages_api import ToolCall, messages_api
from fakes.otlp_receiver import otlp_receiver

TOOL_CALLS = 40
ANSWER_SECONDS = 0.3
MAX_OVERHEAD = 0.02


def main(pairs: int) -> int:
    """Alternate; the telemetry of Claude Code itself is off in both."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, otlp_receiver() as receiver:
        folder = Path(name)
        api = make_repository(folder / "api", "git@github.com:acme/api.git")
        read = ToolCall("Read", {"file_path": str(api / "README.md")})
        command = ToolCall("Bash", {"command": "git log --oneline | head -1", "description": "look"})
        script = [[read if number % 2 else command] for number in range(TOOL_CALLS)]
        plain, hooked = Machine(folder / "plain"), Machine(folder / "hooked")
        for machine in (plain, hooked):
            machine.home.mkdir()
        hooked.whence("install", "--endpoint", receiver.url)
        settings = hooked.settings.read_text().replace("CLAUDE_CODE_ENABLE_TELEMETRY", "WHENCE_BENCH_NO_TELEMETRY")
        hooked.settings.write_text(settings)
        times: dict[Machine, list[float]] = {plain: [], hooked: []}
        with messages_api({"long": script}, ANSWER_SECONDS) as url:
            for pair in range(pairs + 1):
                for machine in (plain, hooked) if pair % 2 else (hooked, plain):
                    begin = time.perf_counter()
                    run_session(machine, url, api, "SCRIPT:long")
                    if pair:
                        times[machine].append(time.perf_counter() - begin)
        assert len(receiver.spans()) >= pairs
    without, with_hook = statistics.median(times[plain]), statistics.median(times[hooked])
    overhead = with_hook / without - 1
    print(f"{TOOL_CALLS} tool calls, {pairs} pairs: {without:.2f} s without the hook, {with_hook:.2f} s with it")
    print(f"difference of medians: {overhead:+.2%}")
    return int(overhead > MAX_OVERHEAD)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
