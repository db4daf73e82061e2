"""Let chDB 3.7, which ``tests/oldest`` runs, take a query's parameters as later versions do."""

from typing import Any

from chdb.state import sqlitelike

# Its types differ between versions.
_connection: Any = sqlitelike.Connection
_query = _connection.query


def _with_parameters(self: Any, query: str, form: str = "CSV", params: dict[str, Any] | None = None) -> Any:
    for name, value in (params or {}).items():
        text = str(value).replace("\\", "\\\\").replace("'", "\\'")
        _query(self, f"SET param_{name} = '{text}'", "TabSeparated")
    return _query(self, query, form)


_connection.query = _with_parameters
