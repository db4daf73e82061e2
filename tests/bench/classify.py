"""How long ``whence classify`` takes for 100,000 repositories against an organization of 10,000.

Run it: ``.venv/bin/python tests/bench/classify.py``. The organization is listed beforehand, so that the
measured run hardly depends on the network: it asks GitHub whether anything changed, reads 100,000 names, looks nothing
up, labels them all and writes JSON. Prints the processor time, its ratio to starting the command, and the memory.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from builders.command import WHENCE
from builders.machine import Machine
from fakes.github import TOKEN, github
from whence_classifier.github import cache
from whence_classifier.github.lookup import Whereabouts

LISTED, NAMED = 10_000, 100_000


def run(machine: Machine, *arguments: str) -> float:
    """Return the processor seconds of one run of the command, which exclude waiting for the network."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = machine.environment | {"GITHUB_TOKEN": TOKEN}
    subprocess.run([*WHENCE, "classify", *arguments], check=True, env=environment, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """List the organization once, then measure labelling."""
    with tempfile.TemporaryDirectory() as home, github({"acme": [f"r{n}" for n in range(LISTED)]}) as fake:
        machine, names = Machine(Path(home)), Path(home, "names")
        arguments = ["--org", "acme", "--github-url", fake.url, "--format", "json", "--repositories", str(names)]
        others = [f"https://github.com/dev{n % 997}/work{n}" for n in range(NAMED - LISTED)]
        names.write_text("\n".join([*others, *(f"https://github.com/acme/r{n}" for n in range(LISTED))]))
        os.environ["HOME"] = home
        with cache.locked(fake.url, ["acme"]) as path:
            known = {
                f"github.com/{one.removeprefix('https://github.com/')}": Whereabouts(
                    one.removeprefix("https://github.com/"), 7, (), time.time(), 'W/"0123456789abcdef"'
                )
                for one in others
            }
            cache.save(path, cache.Cache({}, known, {}))
        listing = run(machine, *arguments)
        seconds = sorted(run(machine, *arguments) for _ in range(3))[1]
        started = sorted(run(machine, "--help") for _ in range(3))[1]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"classify: {NAMED:,} of {LISTED:,}: {seconds:.2f} s, {seconds / started:.1f} times its start; {peak} MB")
    print(f"the first run, which lists them: {listing:.2f} s; {len(fake.requests)} requests in 4 runs")


if __name__ == "__main__":
    main()
