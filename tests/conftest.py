"""Mark each test with what it needs beyond Python and git, so that ``tests/run --quick`` can leave it out.

The need follows from the builders that the test's module, or a fixture's, imports: nobody has to remember a marker.
Tests that are long by nature carry ``@pytest.mark.slow`` themselves.
"""

from types import FunctionType

import pytest

NEEDS = {
    "builders.browser": "browser",
    "builders.claude_code": "client",
    "builders.collector": "tools",
    "builders.computer": "root",
    "builders.prometheus": "tools",
    "builders.tls_proxy": "tools",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the markers."""
    for item in items:
        if isinstance(item, pytest.Function):
            for marker in _needs(item):
                item.add_marker(marker)


def _needs(item: pytest.Function) -> set[str]:
    fixtures = item._fixtureinfo.name2fixturedefs.values()
    functions = [item.function, *(definition.func for definitions in fixtures for definition in definitions)]
    modules = [function.__globals__ for function in functions if isinstance(function, FunctionType)]
    used = {getattr(value, "__module__", None) for names in modules for value in names.values()}
    return {marker for builder, marker in NEEDS.items() if builder in used}
