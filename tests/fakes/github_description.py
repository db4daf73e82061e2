"""GitHub's own description of its REST API (npm's ``@octokit/openapi``), to check the answers of our fake.

https://github.com/github/rest-api-description; ``tests/run`` fetches it.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FILE = Path(__file__).parents[2] / ".octokit" / "openapi" / "generated" / "api.github.com.json"
# Paths by id, which redirects name, have the same answers as those by name; they are not described.
BY_ID = {"/repositories/{id}": "/repos/{owner}/{repo}", "/organizations/{id}": "/orgs/{org}"}
PROBLEM = "#/components/schemas/basic-error"


def mistake(verb: str, path: str, status: int, body: Any) -> str:
    """Return what is wrong with an answer; empty if it matches GitHub's description.

    ``path``: without the server's prefix and without a query. An error that is not described for its path must match
    GitHub's general description of errors.
    """
    steps = path.strip("/").split("/")
    template = next((one for one in _templates() if _fits(one, steps)), None)
    if template is None:
        return "" if status == 404 else f"{verb} {path}: not a path in GitHub's description"
    described = _description()["paths"][BY_ID.get(template, template)].get(verb.lower(), {}).get("responses", {})
    schema = _schema(described.get(str(status)))
    if schema is None and status < 300:
        return f"{verb} {path}: GitHub does not describe an answer {status}"
    error = next(iter(_validator(schema or PROBLEM).iter_errors(body)), None)
    return f"{verb} {path}: {status}: {error.message} at {list(error.instance_path)}"[:500] if error else ""


def _fits(template: str, steps: list[str]) -> bool:
    parts = template.strip("/").split("/")
    return len(parts) == len(steps) and all(
        part.startswith("{") or part == step for part, step in zip(parts, steps, strict=True)
    )


@cache
def _templates() -> list[str]:
    paths = [*_description()["paths"], *BY_ID]
    return sorted(paths, key=lambda path: path.count("{"))


@cache
def _description() -> Any:
    return json.loads(FILE.read_text())


def _schema(response: Any) -> str | None:
    """Return the schema of an answer, as JSON."""
    if response and "$ref" in response:
        response = _at(response["$ref"])
    schema = (response or {}).get("content", {}).get("application/json", {}).get("schema")
    return json.dumps(schema) if schema else None


def _at(reference: str) -> Any:
    node = _description()
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


@cache
def _validator(schema: str) -> jsonschema_rs.Draft4Validator:
    """``schema``: as JSON, or a reference."""
    root = {"$ref": schema} if schema.startswith("#") else json.loads(schema)
    needed: dict[str, Any] = {}
    waiting = _references(root)
    while waiting:
        reference = waiting.pop()
        if reference not in needed:
            needed[reference] = _at(reference)
            waiting += _references(needed[reference])
    schemas = {reference.rpartition("/")[2]: _plain(one) for reference, one in needed.items()}
    return jsonschema_rs.Draft4Validator({"allOf": [_plain(root)], "components": {"schemas": schemas}})


def _references(node: Any) -> list[str]:
    return re.findall(r'"\$ref": "(#/components/schemas/[^"]+)"', json.dumps(node))


def _plain(node: Any) -> Any:
    """Return OpenAPI 3.0 as JSON Schema: for answers, only ``nullable`` differs."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _plain(one) for name, one in node.items() if name != "nullable" or one is not True}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
