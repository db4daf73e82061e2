"""A GitHub that answers like GitHub's REST API, as far as listing an organization goes.

Shapes: https://docs.github.com/rest/orgs/orgs#get-an-organization and …/repos#list-organization-repositories.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghp_fake0123456789"


class GitHub(NamedTuple):
    """``requests``: path and query of each. ``failures``: page of a listing to the status it fails with."""

    url: str
    requests: list[str]
    failures: dict[int, int]


@contextmanager
def github(organizations: dict[str, list[str]], web: str = "https://github.com") -> Iterator[GitHub]:
    """Serve ``{organization: [repository name]}`` as an Enterprise Server (``/api/v3``) until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            fake.requests.append(self.path)
            parts, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
            match parts.path.split("/")[1:]:
                case _ if self.headers["Authorization"] not in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
                    self._answer(401, {"message": "Bad credentials", "status": "401"})
                case ["api", "v3", "orgs", name] if name in organizations:
                    self._answer(200, self._organization(name))
                case ["api", "v3", "orgs", name, "repos"] if name in organizations:
                    self._listing(name, int(query.get("page", ["1"])[0]), int(query.get("per_page", ["30"])[0]))
                case _:
                    self._answer(404, {"message": "Not Found", "status": "404"})

        def _listing(self, name: str, page: int, per_page: int) -> None:
            if page in fake.failures:
                self._answer(fake.failures[page], {"message": "Failed as told"})
                return
            names = organizations[name]
            items = [repository(web, name, item) for item in names[(page - 1) * per_page : page * per_page]]
            last = max(1, -(-len(names) // per_page))
            base = f"{fake.url}/api/v3/orgs/{name}/repos?type=all&per_page={per_page}"
            links = f'<{base}&page={page + 1}>; rel="next", <{base}&page={last}>; rel="last"' if page < last else None
            self._answer(200, items, links)

        def _organization(self, name: str) -> dict[str, Any]:
            api = f"{fake.url}/api/v3/orgs/{name}"
            return {"login": name, "id": 1, "url": api, "repos_url": f"{api}/repos", "type": "Organization"}

        def _answer(self, status: int, content: object, links: str | None = None) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-RateLimit-Limit", "5000")
            self.send_header("X-RateLimit-Remaining", "4999")
            if links:
                self.send_header("Link", links)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake = GitHub(f"http://127.0.0.1:{server.server_port}", [], {})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def repository(web: str, owner: str, name: str) -> dict[str, Any]:
    """One repository of a listing."""
    return {
        "id": hash((owner, name)) & 0x7FFFFFFF,
        "name": name,
        "full_name": f"{owner}/{name}",
        "owner": {"login": owner, "type": "Organization"},
        "private": True,
        "visibility": "private",
        "html_url": f"{web}/{owner}/{name}",
        "clone_url": f"{web}/{owner}/{name}.git",
        "fork": False,
        "archived": False,
        "default_branch": "main",
    }
