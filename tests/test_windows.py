"""What Windows can run of the tests is collected without the modules that Windows does not have."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import NOT_ON_WINDOWS

TESTS = Path(__file__).parent
QUICK = "not (browser or client or root or slow or tools or posix)"
WITHOUT_POSIX = """
import os, sys
import pytest

class Windows:
    def pytest_collection(self, session):
        sys.meta_path.insert(0, self)
        for name in ("chdb", "fcntl", "grp", "pty", "pwd", "resource", "termios"):
            sys.modules.pop(name, None)
        for name in ("fork", "geteuid", "killpg", "setsid"):
            delattr(os, name)

    def find_spec(self, name, path=None, target=None):
        if name in ("chdb", "fcntl", "grp", "pty", "pwd", "resource", "termios"):
            raise ModuleNotFoundError(name)

sys.exit(pytest.main(sys.argv[1:], plugins=[Windows()]))
"""


@pytest.mark.slow
def test_the_tests_for_windows_are_collected_without_posix_modules() -> None:
    ignored = [f"--ignore={TESTS / path}" for path in NOT_ON_WINDOWS]
    arguments = ["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", QUICK, *ignored, str(TESTS)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX, *arguments], cwd=TESTS.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert done.stdout.count("::") > 300
