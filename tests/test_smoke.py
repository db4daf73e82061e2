"""The script that continuous integration runs on Windows goes well here."""

import subprocess
import sys
from pathlib import Path


def test_it_goes_well() -> None:
    script = [sys.executable, str(Path(__file__).with_name("smoke.py"))]
    done = subprocess.run(script, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("All of it went well.\n")
