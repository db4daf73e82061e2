"""A fake of GitHub's REST API, as far as it concerns an organization's repositories.

It is an Enterprise Server (``/api/v3``) with people, organizations, an enterprise, renames, transfers, GitHub Apps,
ETags, rate limits and single sign-on; faults are switched on with ``fail``. Shapes: https://docs.github.com/rest/repos/repos,
…/orgs/orgs, …/apps/apps, and https://docs.github.com/graphql/reference/objects#enterprise. Each answer except
the faults is checked against GitHub's own description.
"""

import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import jwt

from fakes import github_description as description

TOKEN = "ghp_fake0123456789"
ENTERPRISE = "acme-group"


class Fault(NamedTuple):
    """The response to requests whose path matches. ``cut``: send only half of the normal response."""

    path: str
    status: int
    message: str
    headers: Mapping[str, str]
    cut: bool
    more: Mapping[str, Any]


class GitHub:
    """The server's state; tests change it as people would on the web site.

    ``canonical``: the API's own address if the server is reached through a gateway. ``drops``: fields that a proxy
    removes from every answer. ``forgets_pages``: a proxy drops the page number. ``stuck``: a cursor leads to itself.
    """

    def __init__(self, web: str) -> None:
        self.web = web
        self.url = ""
        self.requests: list[str] = []
        self.answers: list[int] = []
        self.mistakes: list[str] = []
        self.faults: list[Fault] = []
        self.scopes: str | None = "admin:org, repo"
        self.page_headers: dict[str, str] = {}
        self.hides: set[str] = set()
        self.counts_private = True
        self.canonical = ""
        self.drops: set[str] = set()
        self.forgets_pages = False
        self.stuck = False
        self.app_key: Any = None
        self.installations: dict[str, dict[str, Any]] = {}
        self.token_seconds = 3600.0
        self.tokens: dict[str, tuple[str, datetime]] = {}
        self.owners: dict[int, tuple[str, str]] = {}
        self.repositories: dict[int, dict[str, Any]] = {}
        self.redirects: dict[str, int] = {}
        self.commits: dict[str, tuple[datetime, list[int]]] = {}
        self.pulls: dict[int, list[dict[str, Any]]] = {}
        self.limited: dict[str, str] = {}
        self._viewer = threading.local()
        self._ids = count(1001)
        self._clock = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def api(self) -> str:
        """Return the address in answers."""
        return self.canonical or f"{self.url}/api/v3"

    def owner(self, login: str, kind: str = "Organization") -> int:
        """Return the id of an owner, who is created if necessary."""
        for number, (name, _) in self.owners.items():
            if name.lower() == login.lower():
                return number
        number = next(self._ids)
        self.owners[number] = (login, kind)
        return number

    def create(self, full_name: str, parent: str | None = None, private: bool = True) -> int:
        """Create a repository. It takes over a name that was redirected."""
        owner, name = full_name.split("/")
        number = next(self._ids)
        self._clock += timedelta(seconds=1)
        kind = "Organization" if owner.islower() and not owner.startswith("u-") else "User"
        self.repositories[number] = {
            "owner": self.owner(owner, kind),
            "name": name,
            "private": private,
            "parent": self.find(parent) if parent else None,
            "updated_at": self._clock,
            "created_at": self._clock,
        }
        self.redirects.pop(full_name.lower(), None)
        return number

    def rename(self, old: str, new: str) -> None:
        """Rename or transfer a repository; the old name redirects."""
        number = self.find(old)
        assert number is not None
        owner, name = new.split("/")
        self.redirects[old.lower()] = number
        self._clock += timedelta(seconds=1)
        self.repositories[number] |= {"owner": self.owner(owner), "name": name, "updated_at": self._clock}

    def rename_owner(self, old: str, new: str) -> None:
        """Rename an organization: its repositories' old names redirect, its own does not."""
        number = self.owner(old)
        for key, repository in self.repositories.items():
            if repository["owner"] == number:
                self.redirects[self.full_name(key).lower()] = key
        self.owners[number] = (new, self.owners[number][1])

    def delete(self, full_name: str) -> None:
        """Delete a repository."""
        number = self.find(full_name)
        assert number is not None
        del self.repositories[number]

    def push(self, full_name: str) -> None:
        """Push to a repository: only its time changes."""
        number = self.find(full_name)
        assert number is not None
        self._clock += timedelta(seconds=1)
        self.repositories[number]["updated_at"] = self._clock

    def fail(
        self,
        path: str,
        status: int = 500,
        times: int = 1,
        message: str = "Server Error",
        headers: Mapping[str, str] | None = None,
        cut: bool = False,
        **more: Any,
    ) -> None:
        """Let the next ``times`` requests whose path and query match the expression fail. ``more``: of the body."""
        self.faults += [Fault(path, status, message, headers or {}, cut, more)] * times

    def commit(self, sha: str, made: datetime, *names: str) -> None:
        """Add a commit to the default branch of these repositories."""
        self.commits[sha] = (made, [number for name in names if (number := self.find(name)) is not None])

    def pull_request(
        self,
        full_name: str,
        branch: str,
        state: str,
        updated: datetime,
        title: str = "Fix it",
        fork: str = "",
        commits: Sequence[str] = ("a" * 40,),
    ) -> dict[str, Any]:
        """A pull request, opened a day before ``updated`` by jane. ``state``: open, merged or closed. ``fork``: the
        repository that its branch is in, if it is another one. What is returned may be changed."""
        number = self.find(full_name)
        assert number is not None
        ended = updated if state != "open" else None
        pull = {
            "number": len(self.pulls.get(number, [])) + 1,
            "title": title,
            "state": "open" if state == "open" else "closed",
            "head": (branch, self.find(fork) if fork else number),
            "created_at": updated - timedelta(days=1),
            "updated_at": updated,
            "closed_at": ended,
            "merged_at": ended if state == "merged" else None,
            "commits": commits,
        }
        for sha in commits:
            self.commits.setdefault(sha, (updated, []))
        self.pulls.setdefault(number, []).append(pull)
        return pull

    def limit(self, token: str, organization: str) -> None:
        """Create a fine-grained token that sees the private repositories of one organization only."""
        self.limited[token] = organization.lower()

    def install(self, organization: str, public_key: Any, **more: Any) -> None:
        """Install the App whose public key this is; ``more`` is added to the installation."""
        self.app_key = public_key
        self.installations[organization.lower()] = {"id": next(self._ids), **more}

    def find(self, full_name: str) -> int | None:
        """Return the id of the repository that has this name now."""
        wanted = full_name.lower()
        return next((key for key in self.repositories if self.full_name(key).lower() == wanted), None)

    def full_name(self, number: int) -> str:
        """Return ``owner/name``."""
        repository = self.repositories[number]
        return f"{self.owners[repository['owner']][0]}/{repository['name']}"

    def of(self, login: str) -> list[int]:
        """Return an owner's repositories that are not hidden, in order of creation."""
        owner = self.owner(login)
        return [key for key, one in self.repositories.items() if one["owner"] == owner and not self._hidden(key)]

    def _hidden(self, number: int) -> bool:
        login = self.owners[self.repositories[number]["owner"]][0].lower()
        limit = getattr(self._viewer, "limit", None)
        foreign = limit is not None and self.repositories[number]["private"] and login != limit
        return foreign or self.full_name(number).lower() in self.hides

    def answer(self, verb: str, path: str, authorization: str, content: bytes) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers."""
        parts, query = urlsplit(path), {key: one[-1] for key, one in parse_qs(urlsplit(path).query).items()}
        steps = [unquote(step) for step in parts.path.split("/")[1:]]
        scheme, _, token = authorization.partition(" ")
        self._viewer.limit = self.limited.get(token)
        if steps[:2] == ["api", "graphql"] and verb == "POST":
            return 200, self._graphql(json.loads(content)), {}
        if steps[:2] != ["api", "v3"]:
            return 404, _problem("Not Found"), {}
        match steps[2:]:
            case ["orgs", name, "installation"] if scheme == "Bearer" and self._is_app(token):
                there = self.installations.get(name.lower())
                return (200, self._installation(name, there), {}) if there else (404, _problem("Not Found"), {})
            case ["app", "installations", number, "access_tokens"] if verb == "POST" and self._is_app(token):
                return self._new_token(int(number))
        if not self._is_allowed(token, scheme):
            return 401, _problem("Bad credentials"), {}
        match steps[2:]:
            case ["orgs", name] if self._organization(name):
                return 200, self._organization(name), {}
            case ["organizations", number] if int(number) in self.owners:
                return 200, self._organization(self.owners[int(number)][0]), {}
            case ["orgs", name, "repos"] if self._organization(name):
                return self._listing(name, query)
            case ["repos", owner, name]:
                return self._repository(f"{owner}/{name}")
            case ["repositories", number] if int(number) in self.repositories and not self._hidden(int(number)):
                return 200, self.shape(int(number), whole=True), {}
        return self._found(steps[2:], query)

    def _found(self, steps: list[str], query: Mapping[str, str]) -> tuple[int, Any, dict[str, str]]:
        """Pull requests; commits: one of a repository, and those that a search by hash finds."""
        match steps:
            case ["repos", owner, name, "pulls"]:
                return self._pulls(f"{owner}/{name}", query)
            case ["repositories", number, "pulls"] if int(number) in self.repositories:
                return self._pulls(self.full_name(int(number)), query)
            case ["repos", owner, name, "pulls", number, "commits"]:
                holder = self.find(f"{owner}/{name}")
                if holder is not None and not self._hidden(holder):
                    pull = self.pulls[holder][int(number) - 1]
                    return 200, [self._commit(sha, holder) for sha in pull["commits"]], {}
            case ["repos", owner, name, "commits", sha]:
                holder = self.find(f"{owner}/{name}")
                if holder is not None and holder in self.commits.get(sha, (None, []))[1] and not self._hidden(holder):
                    return 200, self._commit(sha, holder) | {"stats": {"total": 1, "additions": 1, "deletions": 0}}, {}
            case ["search", "commits"] if query.get("q", "").startswith("hash:"):
                sha = query["q"].removeprefix("hash:")
                numbers = self.commits.get(sha, (None, []))[1]
                seen = [number for number in numbers if number in self.repositories and not self._hidden(number)]
                items = [
                    self._commit(sha, number) | {"repository": self.shape(number), "score": 1.0} for number in seen
                ]
                return 200, {"total_count": len(items), "incomplete_results": False, "items": items}, {}
        return 404, _problem("Not Found"), {}

    def check(self, verb: str, path: str, status: int, body: Any) -> None:
        """Compare an answer with GitHub's own description; ``github`` raises the differences."""
        place = urlsplit(path).path
        if place.startswith("/api/v3/"):
            found = description.mistake(verb, place.removeprefix("/api/v3"), status, body)
            self.mistakes += [found] if found else []

    def _repository(self, full_name: str) -> tuple[int, Any, dict[str, str]]:
        number = self.find(full_name)
        if number is None and self.redirects.get(full_name.lower()) in self.repositories:
            place = f"{self.api}/repositories/{self.redirects[full_name.lower()]}"
            return 301, {"message": "Moved Permanently", "url": place}, {"Location": place}
        if number is None or self._hidden(number):
            return 404, _problem("Not Found"), {}
        return 200, self.shape(number, whole=True), {}

    def _listing(self, name: str, query: Mapping[str, str]) -> tuple[int, Any, dict[str, str]]:
        page, per_page = (
            1 if self.forgets_pages else int(query.get("page", "1")),
            min(100, int(query.get("per_page", "30"))),
        )
        found = self.of(name)
        if query.get("sort") == "updated":
            found.sort(key=lambda key: self.repositories[key]["updated_at"])
        if query.get("direction", "desc") == "desc":
            found.reverse()
        last = max(1, -(-len(found) // per_page))
        base = f"{self.api}/orgs/{name}/repos?type=all&per_page={per_page}"
        links = [f'<{base}&page={page + 1}>; rel="next"', f'<{base}&page={last}>; rel="last"'] if page < last else []
        links += [f'<{base}&page={page - 1}>; rel="prev"', f'<{base}&page=1>; rel="first"'] if page > 1 else []
        items = [self.shape(key) for key in found[(page - 1) * per_page : page * per_page]]
        return 200, items, ({"Link": ", ".join(links)} if links else {}) | self.page_headers

    def _pulls(self, full_name: str, query: Mapping[str, str]) -> tuple[int, Any, dict[str, str]]:
        """https://docs.github.com/rest/pulls/pulls#list-pull-requests"""
        number = self.find(full_name)
        if number is None and self.redirects.get(full_name.lower()) in self.repositories:
            place = f"{self.api}/repositories/{self.redirects[full_name.lower()]}/pulls"
            return 301, {"message": "Moved Permanently", "url": place}, {"Location": place}
        if number is None or self._hidden(number):
            return 404, _problem("Not Found"), {}
        assert (query.get("state"), query.get("sort"), query.get("direction")) == ("all", "updated", "desc")
        page, per_page = int(query.get("page", "1")), int(query.get("per_page", "30"))
        found = sorted(self.pulls.get(number, []), key=lambda one: one["updated_at"], reverse=True)
        items = [self._pull(number, one) for one in found[(page - 1) * per_page : page * per_page]]
        more = {"Link": f'<{self.api}/repos/{full_name}/pulls?page={page + 1}>; rel="next"'}
        return 200, items, more if page * per_page < len(found) else {}

    def _pull(self, number: int, pull: Mapping[str, Any]) -> dict[str, Any]:
        full, place = self.full_name(number), f"{self.api}/repos/{self.full_name(number)}"
        own, web = f"{place}/pulls/{pull['number']}", f"{self.web}/{full}/pull/{pull['number']}"
        issue = f"{place}/issues/{pull['number']}"
        jane = _owner(self.api, self.web, 7, "jane", "User")
        branch, holder = pull["head"]

        def end(ref: str, repository: int) -> dict[str, Any]:
            shape = self.shape(repository)
            label = f"{shape['owner']['login']}:{ref}"
            return {"label": label, "ref": ref, "sha": pull["commits"][-1], "user": shape["owner"], "repo": shape}

        links = {
            "comments_url": f"{issue}/comments",
            "commits_url": f"{own}/commits",
            "issue_url": issue,
            "review_comment_url": f"{place}/pulls/comments{{/number}}",
            "review_comments_url": f"{own}/comments",
            "statuses_url": f"{place}/statuses/{'a' * 40}",
        }
        hrefs = {name.removesuffix("_url"): {"href": url} for name, url in links.items()}
        return {
            "id": number * 1000 + pull["number"],
            "node_id": f"PR_{number}_{pull['number']}",
            "url": own,
            "html_url": web,
            "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch",
            **links,
            "number": pull["number"],
            "state": pull["state"],
            "locked": False,
            "title": pull["title"],
            "body": None,
            "user": jane,
            "assignee": None,
            "labels": [],
            "milestone": None,
            "merge_commit_sha": None,
            **{
                name: _moment(pull[name]) if pull[name] else None
                for name in ("created_at", "updated_at", "closed_at", "merged_at")
            },
            "head": end(branch, holder),
            "base": end("main", number),
            "_links": hrefs | {"self": {"href": own}, "html": {"href": web}},
            "author_association": "MEMBER",
            "auto_merge": None,
        }

    def _organization(self, login: str) -> dict[str, Any] | None:
        number = next((key for key, (name, _) in self.owners.items() if name.lower() == login.lower()), None)
        if number is None:
            return None
        name, kind = self.owners[number]
        mine = [one for one in self.repositories.values() if one["owner"] == number]
        shape = _owner(self.api, self.web, number, name, kind) | {
            "description": "",
            "has_organization_projects": True,
            "has_repository_projects": True,
            "public_repos": sum(not one["private"] for one in mine),
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "html_url": f"{self.web}/{name}",
            "created_at": "2020-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "archived_at": None,
            **{f"{path}_url": f"{self.api}/orgs/{name}/{path}" for path in ("hooks", "issues", "members")},
            "public_members_url": f"{self.api}/orgs/{name}/public_members",
        }
        return shape | ({"total_private_repos": sum(one["private"] for one in mine)} if self.counts_private else {})

    def shape(self, number: int, whole: bool = False) -> dict[str, Any]:
        """Return a repository as GitHub describes it in a list or, with ``whole``, by itself."""
        one = self.repositories[number]
        login, kind = self.owners[one["owner"]]
        full = f"{login}/{one['name']}"
        api = f"{self.api}/repos/{full}"
        shape = {
            "id": number,
            "node_id": f"R_{number}",
            "name": one["name"],
            "full_name": full,
            "private": one["private"],
            "owner": _owner(self.api, self.web, one["owner"], login, kind),
            "html_url": f"{self.web}/{full}",
            "description": None,
            "fork": one["parent"] is not None,
            "url": api,
            **{f"{name}_url": f"{api}/{path}" for name, path in _URLS.items()},
            "git_url": f"git:{self.web.partition(':')[2]}/{full}.git",
            "ssh_url": f"git@{urlsplit(self.web).hostname}:{full}.git",
            "clone_url": f"{self.web}/{full}.git",
            "svn_url": f"{self.web}/{full}",
            "homepage": None,
            "size": 1,
            "stargazers_count": 0,
            "watchers_count": 0,
            "language": "Python",
            "has_issues": True,
            "has_projects": True,
            "has_downloads": True,
            "has_wiki": False,
            "has_pages": False,
            "has_discussions": False,
            "forks_count": 0,
            "mirror_url": None,
            "archived": False,
            "disabled": False,
            "open_issues_count": 0,
            "license": None,
            "allow_forking": True,
            "is_template": False,
            "web_commit_signoff_required": False,
            "topics": [],
            "visibility": "private" if one["private"] else "public",
            "forks": 0,
            "open_issues": 0,
            "watchers": 0,
            "default_branch": "main",
            "created_at": _moment(one["created_at"]),
            "updated_at": _moment(one["updated_at"]),
            "pushed_at": _moment(one["updated_at"]),
            "permissions": {"admin": False, "maintain": False, "push": False, "triage": False, "pull": True},
        }
        if whole:
            shape |= {"network_count": 0, "subscribers_count": 0}
        if whole and one["parent"] in self.repositories:
            source = parent = one["parent"]
            while self.repositories[source]["parent"] in self.repositories:
                source = self.repositories[source]["parent"]
            shape |= {"parent": self.shape(parent), "source": self.shape(source)}
        return shape

    def _commit(self, sha: str, number: int) -> dict[str, Any]:
        """https://docs.github.com/rest/commits/commits#get-a-commit"""
        place = f"{self.url}/api/v3/repos/{self.full_name(number)}"
        who = {"name": "Ann", "email": "ann@acme.example", "date": _moment(self.commits[sha][0])}
        unsigned = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
        return {
            "sha": sha,
            "node_id": f"C_{sha}",
            "url": f"{place}/commits/{sha}",
            "html_url": f"{self.web}/{self.full_name(number)}/commit/{sha}",
            "comments_url": f"{place}/commits/{sha}/comments",
            "commit": {
                "url": f"{place}/git/commits/{sha}",
                "author": who,
                "committer": who,
                "message": "Begin",
                "comment_count": 0,
                "tree": {"sha": sha, "url": f"{place}/git/trees/{sha}"},
                "verification": unsigned,
            },
            "author": None,
            "committer": None,
            "parents": [],
        }

    def _graphql(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if asked["variables"]["slug"] != ENTERPRISE:
            error = {"type": "NOT_FOUND", "path": ["enterprise"], "message": "Could not resolve to a Business"}
            return {"data": {"enterprise": None}, "errors": [error]}
        logins = [name for name, kind in self.owners.values() if kind == "Organization"]
        start = 0 if self.stuck else int(asked["variables"]["cursor"] or 0)
        page = {"hasNextPage": start + 1 < len(logins), "endCursor": str(start + 1)}
        nodes = [{"login": login} for login in logins[start : start + 1]]
        return {"data": {"enterprise": {"organizations": {"nodes": nodes, "pageInfo": page}}}}

    def _is_app(self, token: str) -> bool:
        try:
            jwt.decode(token, self.app_key, algorithms=["RS256"], options={"verify_aud": False})
        except (jwt.PyJWTError, TypeError):
            return False
        return True

    def _is_allowed(self, token: str, scheme: str) -> bool:
        if token == TOKEN or token in self.limited:
            return scheme.lower() in {"token", "bearer"}
        return token in self.tokens and self.tokens[token][1] > datetime.now(UTC)

    def _installation(self, name: str, there: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "account": _owner(self.api, self.web, self.owner(name), name, "Organization"),
            "repository_selection": "all",
            "permissions": {"metadata": "read"},
            "events": [],
            "access_tokens_url": f"{self.api}/app/installations/{there['id']}/access_tokens",
            "repositories_url": f"{self.api}/installation/repositories",
            "html_url": f"{self.web}/organizations/{name}/settings/installations/{there['id']}",
            "single_file_name": None,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "target_id": self.owner(name),
            "target_type": "Organization",
            "app_id": 7,
            "app_slug": "whence",
            "suspended_at": None,
            "suspended_by": None,
            **there,
        }

    def _new_token(self, number: int) -> tuple[int, Any, dict[str, str]]:
        organization = next(name for name, there in self.installations.items() if there["id"] == number)
        if self.installations[organization].get("suspended_at"):
            return 403, _problem("This installation has been suspended"), {}
        token = f"ghs_{secrets.token_hex(18)}"
        expires = datetime.now(UTC) + timedelta(seconds=self.token_seconds)
        self.tokens[token] = (organization, expires)
        body = {"token": token, "expires_at": _moment(expires), "permissions": {"metadata": "read"}}
        return 201, body | {"repository_selection": "all"}, {}


@contextmanager
def github(organizations: Mapping[str, list[str]] | None = None, web: str = "https://github.com") -> Iterator[GitHub]:
    """Serve ``{organization: [repository name]}`` until the block ends."""
    # Fail here, not in a thread where nobody sees it.
    assert description.FILE.exists(), f"{description.FILE} is missing: tests/run fetches it"
    fake = GitHub(web)
    for login, names in (organizations or {}).items():
        fake.owner(login)
        for name in names:
            fake.create(f"{login}/{name}")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Send head and body in one packet: otherwise each body waits for the acknowledgement of its head.
        wbufsize = -1

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fake.requests.append(f"{self.command} {self.path}")
            limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Used": "1"}
            fault = next((one for one in fake.faults if re.search(one.path, self.path)), None)
            if fault:
                fake.faults.remove(fault)
            if fault and not fault.cut:
                self._send(
                    fault.status,
                    json.dumps({**_problem(fault.message), **fault.more}).encode(),
                    limits | dict(fault.headers),
                )
                return
            authorization = self.headers["Authorization"] or ""
            status, body, headers = fake.answer(self.command, self.path, authorization, content)
            fake.check(self.command, self.path, status, body)
            if isinstance(body, dict):
                body = {name: value for name, value in body.items() if name not in fake.drops}
            text = json.dumps(body).encode()
            if status == 200:
                headers["ETag"] = f'W/"{hashlib.sha256(text).hexdigest()}"'
            if fake.scopes is not None and authorization.endswith(TOKEN):
                headers["X-OAuth-Scopes"] = fake.scopes
            if status == 200 and self.headers["If-None-Match"] == headers["ETag"]:
                status, text = 304, b""
            self._send(status, text, limits | headers, cut=bool(fault))

        do_POST = do_GET

        def _send(self, status: int, text: bytes, headers: Mapping[str, str], cut: bool = False) -> None:
            fake.answers.append(status)
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text[: len(text) // 2] if cut else text)
            self.close_connection = cut

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
    assert not fake.mistakes, fake.mistakes


_URLS = {
    name: name.replace("_", "/")
    for name in re.findall(
        r"\S+",
        """
        archive assignees blobs branches collaborators comments commits compare contents contributors deployments
        downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels
        languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags
        teams trees
        """,
    )
}


def _owner(api: str, web: str, number: int, login: str, kind: str) -> dict[str, Any]:
    paths = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
    return {
        "login": login,
        "id": number,
        "node_id": f"O_{number}",
        "avatar_url": f"{web}/avatars/{number}",
        "gravatar_id": "",
        "url": f"{api}/users/{login}",
        "html_url": f"{web}/{login}",
        **{f"{path}_url": f"{api}/users/{login}/{path}" for path in paths},
        "received_events_url": f"{api}/users/{login}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def _problem(message: str) -> dict[str, str]:
    return {"message": message, "documentation_url": "https://docs.github.com/rest"}


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
