"""A fake GitHub for the demo: one organization, and its developers' public repositories."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from whence_ledger.demo.story import HANDBOOK, PUBLIC, SHARED_ROOT


@contextmanager
def serve_github(names: Sequence[str], branches: Sequence[Mapping[str, Any]] = ()) -> Iterator[str]:
    """Serve the fake GitHub on a free port until the block ends; yield its address. ``names``: the organization's
    repositories. ``branches``: rows of the report branches, most of which have a pull request."""
    pulls = _pull_requests(branches)
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
                case ["repos", owner, name, "pulls"]:
                    every = pulls.get(f"{owner}/{name}", [])
                    more = page * 100 < len(every)
                    self._answer(every[(page - 1) * 100 : page * 100], {"Link": '<x>; rel="next"'} if more else {})
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


def _pull_requests(branches: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the pull requests of each repository, as GitHub lists them: the last changed first."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    now = datetime.now(UTC)
    for row in sorted(branches, key=lambda one: str(one["first_seen"])):
        if not row["ticket"] or not row["repository"]:
            continue
        chance = crc32(f"{row['repository']} {row['branch']}".encode()) % 100
        ends = datetime.fromisoformat(row["last_seen"]) + timedelta(hours=1 + chance % 24)
        ended = ends if ends < now and chance >= 10 else None
        repository, name = row["repository"], row["branch"].removeprefix(f"{row['ticket']}-").replace("-", " ")
        place = {"id": crc32(repository.encode())}
        found[repository].append(
            {
                "number": 100 + len(found[repository]),
                "title": f"{row['ticket']}: {name}",
                "state": "closed" if ended else "open",
                "user": {"login": _AUTHORS[chance % len(_AUTHORS)]},
                "head": {"ref": row["branch"], "repo": place},
                "base": {"ref": "main", "repo": place},
                "created_at": _written(datetime.fromisoformat(row["first_seen"])),
                "updated_at": _written(ended or datetime.fromisoformat(row["last_seen"])),
                "closed_at": _written(ended) if ended else None,
                "merged_at": _written(ended) if ended and chance >= 25 else None,
            }
        )
    return {name: sorted(each, key=lambda one: str(one["updated_at"]), reverse=True) for name, each in found.items()}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_AUTHORS = ("ann-acme", "ben-acme", "cem-acme", "dora-acme", "eva-acme")
