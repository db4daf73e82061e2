"""Generate the reference pages from the code: ``.venv/bin/python docs/generate.py``.

In ``docs/reference``: ``cli.md`` from the commands' help, ``api.md`` from the API's OpenAPI description,
``data-model.md`` from the comments on the ledger's views, ``settings.md`` from the variables that the code reads,
``folders.md`` from the docstrings of the folders, and ``alerts.md`` from the files of the alert rules, like
``deploy/prometheus/alerting.yml``. A test compares the pages with the code.
"""

import inspect
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from generate_alerts import alerts, prometheus
from generate_folders import folders
from generate_settings import settings

from builders.ledger import running_ledger
from whence_cli.main import main
from whence_ledger.store.analysis import columns, meanings, views
from whence_ledger.store.store import Store

REFERENCE = Path(__file__).with_name("reference")
_HEAD = "<!-- Written by docs/generate.py from the code. Change the code, not this page. -->\n\n"


_PAGING = """## Pages

A response that is a list has at most 10,000 rows. `limit` requests fewer (at `/series/{by}` and
`/users/repositories` use `rows`, because `limit` there is the number of separate names). The default is 10,000, but
1,000 at `sessions`, `unmanaged`, `owners`, `flows`, `cases`, `cases/changes` and `labels/changes`, 20 at `insights` and
10 at `spenders`. A `limit` of up to 100,000 is accepted, but the response has at most 10,000 rows. If there are more
rows, the header `Link` contains the next page, relative to the URL of the request:

```text
Link: <?from=2026-01-01&limit=500&skip=500>; rel="next"
```

The order of rows is total, and shares refer to all rows, not to a page. Each page is a separate query: if `to` is in
the future, a row that changes between two requests can move to another page. `whence report` and `whence classify`
follow the links.
"""


def cli() -> str:
    """Return the page of all commands."""
    parts = [_HEAD + "# Commands\n"]
    with click.Context(main, info_name="whence") as context:
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            if command:
                parts += _command(command, context, name, 2)
    return "\n".join(parts)


def _command(command: click.Command, parent: click.Context, name: str, level: int) -> list[str]:
    with click.Context(command, info_name=name, parent=parent) as context:
        usage = " ".join(command.collect_usage_pieces(context))
        parts = [f"{'#' * level} `{context.command_path}`\n", inspect.cleandoc(command.help or "") + "\n"]
        parts.append(f"```text\n{context.command_path} {usage}\n```\n")
        records = [record for one in command.get_params(context) if (record := one.get_help_record(context))]
        rows = [f"| `{option}` | {_cell(text)} |" for option, text in records if not option.startswith("--help")]
        if rows:
            parts.append("\n".join(["| option | meaning |", "| --- | --- |", *rows]) + "\n")
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                child = command.get_command(context, inner)
                if child:
                    parts += _command(child, context, inner, level + 1)
        return parts


def api(description: dict[str, Any]) -> str:
    """Return the page of all routes and the rows that they return."""
    parts = [
        _HEAD + "# API\n",
        "A running ledger describes its API at `/api/v1/openapi.json`. Errors are JSON with an `error`. "
        "Times are UTC. With ClickHouse `/api/v1/backup` answers 404.\n",
        _PAGING,
    ]
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            parts.append(f"## `{method.upper()} {path}`\n")
            parts.append(route.get("description", route.get("summary", "")).strip() + "\n")
            rows = [
                f"| `{one['name']}` | {_type(one['schema'])} | {_cell(one.get('description', ''))} |"
                for one in route.get("parameters", [])
            ]
            if rows:
                parts.append("\n".join(["| parameter | type | meaning |", "| --- | --- | --- |", *rows]) + "\n")
    parts.append("## Rows\n")
    for name, schema in sorted(description["components"]["schemas"].items()):
        rows = [
            f"| `{field}` | {_type(one)} | {_cell(one.get('description', ''))} |"
            for field, one in schema.get("properties", {}).items()
        ]
        parts.append(f"### {name}\n\n{schema.get('description', '').strip()}\n")
        if rows:
            parts.append("\n".join(["| field | type | meaning |", "| --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def data_model() -> str:
    """Return the page of the views that ``whence sql`` shows."""
    parts = [
        _HEAD + "# Data model\n",
        "[`whence sql`](cli.md#whence-sql) opens a ledger read-only with these views. Money is in US dollars, times "
        "are UTC, and text is empty where nothing was reported. On ClickHouse the views have the same names.\n",
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.duckdb"
        Store(path).close()
        with views(path) as cursor:
            fields = columns(cursor)
            for view, meaning in meanings(cursor).items():
                rows = [
                    f"| `{one.name}` | {one.type.lower()} | {_cell(one.meaning)} |"
                    for one in fields
                    if one.view == view
                ]
                parts.append(f"## `{view}`\n\n{meaning}\n")
                parts.append("\n".join(["| column | type | meaning |", "| --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def describe_api() -> dict[str, Any]:
    """Return the OpenAPI description from a running ledger."""
    with tempfile.TemporaryDirectory() as folder, running_ledger(Path(folder) / "data") as ledger:
        description: dict[str, Any] = httpx.get(f"{ledger.url}/api/v1/openapi.json", timeout=120).json()
        return description


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("format") or schema.get("type", "any"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace(str(Path.home()), "~")


def pages() -> dict[Path, str]:
    """Return every generated page by its file."""
    return {
        REFERENCE / "cli.md": cli(),
        REFERENCE / "api.md": api(describe_api()),
        REFERENCE / "data-model.md": data_model(),
        REFERENCE / "settings.md": _HEAD + settings(),
        REFERENCE / "folders.md": _HEAD + folders(),
        REFERENCE / "alerts.md": _HEAD + alerts(),
        REFERENCE.parents[1] / "deploy" / "prometheus" / "alerting.yml": prometheus(),
    }


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for file, page in pages().items():
        file.write_text(page, encoding="utf-8")
