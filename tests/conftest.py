"""Mark each test with what it needs beyond Python and git, so that ``tests/run --quick`` can leave it out.

The need follows from the builders that the test's module, or a fixture's, imports: nobody has to remember a marker.
Tests that are long by nature carry ``@pytest.mark.slow`` themselves.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import httpx
import hypothesis
import pytest
from playwright.sync_api import Browser

from builders.browser import chromium

NEEDS = {
    "builders.attack": "tools",
    "builders.browser": "browser",
    "builders.claude_code": "client",
    "builders.collector": "tools",
    "builders.computer": "root",
    "builders.ledger": "posix",
    "builders.machine": "posix",
    "builders.prometheus": "tools",
    "builders.tls_proxy": "tools",
    "subprocess": "posix",
}
"""What a test module may use, and the marker that its tests get for it."""

FETCHED = {
    ".claude-code": "client",
    ".claude-code-newest": "client",
    ".collector": "tools",
    ".helm": "tools",
    ".kubernetes": "tools",
    ".nginx": "tools",
    ".old-git": "tools",
    ".powershell": "tools",
    ".prometheus": "tools",
}
"""Folders that only the whole run fills, and the marker of tests whose module has a path in them."""

NOT_ON_WINDOWS = [
    "cli/test_sql.py",
    "collector/test_clickhouse.py",
    "deploy",
    "e2e",
    "hook",
    "installer",
    "ledger/alert/test_day.py",
    "ledger/alert/test_servers.py",
    "ledger/dashboard/test_stale.py",
    "ledger/demo",
    "ledger/store/test_batch.py",
    "ledger/store/test_clickhouse.py",
    "ledger/store/test_clickhouse_http.py",
    "ledger/store/test_cluster.py",
    "ledger/store/test_refusal.py",
    "ledger/store/test_replicas.py",
    "ledger/store/test_sources.py",
    "ledger/store/test_transfer.py",
    "plugin",
]
"""Their tests start programs of Unix, or cannot be imported on Windows: no pty, no chDB."""
collect_ignore = NOT_ON_WINDOWS if sys.platform == "win32" else []

SLOW_TO_SET_UP = {"test_system.py", "test_clickhouse.py"}
"""Test modules whose fixtures take longest to make. Their tests are first, so that one worker has them all."""

# How long an answer may take says nothing of whether it is right, least of all on a busy machine.
PATIENCE_SECONDS = 120
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a worker: Playwright runs once in a process."""
    with chromium() as running:
        yield running


def pytest_configure() -> None:
    """Give every ``httpx`` call of the tests the same patience; its own default is five seconds."""
    patient = httpx._config.DEFAULT_TIMEOUT_CONFIG
    patient.connect = patient.read = patient.write = patient.pool = PATIENCE_SECONDS


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the markers, and leave what takes minutes to ``tests/run --long``."""
    for item in items:
        if isinstance(item, pytest.Function):
            for marker in _needs(item):
                item.add_marker(marker)
    if not os.environ.get("WHENCE_TEST_LONG"):
        left = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
    # Workers take tests from the end of each other's lists, and then make a module's fixtures anew.
    items.sort(key=lambda item: item.path.name not in SLOW_TO_SET_UP)


def _needs(item: pytest.Function) -> set[str]:
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(definition.func for definitions in fixtures for definition in definitions)]
    modules = [function.__globals__ for function in functions if isinstance(function, FunctionType)]
    values = [value for names in modules for value in names.values()]
    used = {value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) for value in values}
    folders = {part for value in values if isinstance(value, Path) for part in value.parts}
    builders = {marker for builder, marker in NEEDS.items() if builder in used}
    return builders | {marker for folder, marker in FETCHED.items() if folder in folders}
