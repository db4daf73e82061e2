"""A fake GitHub for the demo: one organization, and its developers' public repositories."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from whence_ledger.demo.story import HANDBOOK, PUBLIC, SHARED_ROOT


@contextmanager
def serve_github(names: Sequence[str]) -> Iterator[str]:
    """Serve the fake GitHub on a free port until the block ends; yield its address. ``names``: the organization's
    repositories."""
    organization = {"id": 1, "login": "acme", "html_url": "https://github.com/acme", "public_repos": 0}
    organization["total_private_repos"] = len(names)
    listed = [{"id": place, "full_name": name, "updated_at": ""} for place, name in enumerate(names, 1)]

    handbook = {"id": 1, "full_name": HANDBOOK, "owner": {"id": 1}, "fork": False, "created_at": "2024-03-01T09:00:00Z"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            page = int(parse_qs(parts.query).get("page", ["1"])[0])
            match parts.path.split("/")[3:]:
                case ["orgs", "acme"]:
                    self._answer(organization)
                case ["orgs", "acme", "repos"]:
                    more = page * 100 < len(listed)
                    self._answer(listed[(page - 1) * 100 : page * 100], {"Link": '<x>; rel="next"'} if more else {})
                case ["repos", owner, name] if f"{owner}/{name}" == HANDBOOK:
                    self._answer(handbook)
                case ["search", "commits"]:
                    made = {who: {"date": handbook["created_at"]} for who in ("author", "committer")}
                    items = [{"sha": SHARED_ROOT, "commit": made, "repository": handbook}]
                    self._answer({"total_count": 1, "incomplete_results": False, "items": items})
                case ["repos", owner, name] if f"{owner}/{name}" in PUBLIC:
                    self._answer({"id": 2**31, "full_name": f"{owner}/{name}", "owner": {"id": 2}})
                case _:
                    self._answer({"message": "Not Found"}, status=404)

        def _answer(self, content: object, headers: dict[str, str] | None = None, status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
