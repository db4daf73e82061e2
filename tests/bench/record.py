"""How long ``record`` takes, as a ratio to starting the same interpreter and doing nothing.

Run it: ``.venv/bin/python tests/bench/record.py``. Prints medians of alternating runs; fails above ``MAX_RATIO``.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import whence_hook

RUNS = 30
MAX_RATIO = 2.0
EVENTS = Path(__file__).parents[1] / "data" / "claude-code" / "hooks"
REGISTERED = ("SessionStart", "UserPromptSubmit", "PostToolUse-", "PostToolUseFailure")


def seconds(command: list[str], stdin: bytes, home: str) -> float:
    """Wall time of one run."""
    begin = time.perf_counter()
    subprocess.run(command, input=stdin, env={"HOME": home, "PATH": os.defpath}, check=True)
    return time.perf_counter() - begin


def main() -> int:
    """Alternate between the two, event by event."""
    nothing = [sys.executable, "-I", "-S", "-c", "pass"]
    record = [sys.executable, "-I", "-S", str(Path(whence_hook.__file__).with_name("__main__.py"))]
    events = [path.read_bytes() for path in sorted(EVENTS.iterdir()) if any(name in path.name for name in REGISTERED)]
    with tempfile.TemporaryDirectory() as home:
        pairs = [
            (seconds(nothing, b"", home), seconds(record, events[run % len(events)], home)) for run in range(-2, RUNS)
        ][2:]
    base, recorded = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = recorded / base
    print(f"record: {recorded * 1000:.1f} ms, python -I -S -c pass: {base * 1000:.1f} ms, ratio {ratio:.2f}")
    if ratio > MAX_RATIO:
        print(f"The ratio is above {MAX_RATIO}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
