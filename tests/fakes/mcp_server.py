"""An MCP server on standard input and output: tools that answer "done", and one resource.

https://modelcontextprotocol.io/specification/2025-06-18/basic
"""

import json
import sys
from typing import Any

_ANY = {"type": "object", "additionalProperties": True}
TOOLS = [{"name": name, "description": name, "inputSchema": _ANY} for name in ("copy", "create_issue", "read")]
RESOURCES = [{"uri": "file:///etc/hostname", "name": "hostname"}]


def answer(method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a request."""
    match method:
        case "initialize":
            capabilities: dict[str, Any] = {"tools": {}, "resources": {}}
            version = {"protocolVersion": parameters["protocolVersion"], "capabilities": capabilities}
            return version | {"serverInfo": {"name": "files", "version": "1"}}
        case "tools/list":
            return {"tools": TOOLS}
        case "tools/call":
            return {"content": [{"type": "text", "text": "done"}]}
        case "resources/list":
            return {"resources": RESOURCES}
        case "resources/read":
            return {"contents": [{"uri": parameters["uri"], "text": "done"}]}
    return {}


def main() -> None:
    """Answer until the client disconnects."""
    for line in sys.stdin:
        request = json.loads(line)
        if "id" in request:
            result = answer(request["method"], request.get("params") or {})
            print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)


if __name__ == "__main__":
    main()
