"""Find paths and repositories (owner and name) in the inputs of an MCP tool. Part of the hot path: no imports.

Servers choose the names of their inputs; these names are used by the file, git and GitHub servers in
https://github.com/modelcontextprotocol/servers and https://github.com/github/github-mcp-server.
"""

MAX_VALUES = 200
MAX_DEPTH = 6
_PATHS = frozenset(("file", "path", "dir", "directory", "directorie", "folder", "root", "cwd", "filename", "workspace"))
_PATHS |= frozenset(("repo", "repository", "repositorie", "filepath", "worktree", "pathname"))
# These name a path only if their value looks like one.
_MAYBE_PATHS = frozenset(("uri", "url", "source", "destination", "target", "src", "dst", "dest", "location"))
_REPOSITORIES = frozenset(("repo", "repository"))
_SLUG = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.")
HOST = "github.com"


def named(tool_input: object) -> tuple[list[str], list[str]]:
    """Return the paths, absolute or relative, and the addresses of repositories that ``tool_input`` names."""
    paths: list[str] = []
    repositories: list[str] = []
    waiting: list[tuple[str, object, int]] = [("", tool_input, 0)]
    seen = 0
    while waiting and seen < MAX_VALUES:
        name, value, depth = waiting.pop(0)
        seen += 1
        if isinstance(value, dict):
            owner, repository = value.get("owner"), value.get("repo")
            pair = address(f"{owner}/{repository}") if isinstance(owner, str) and isinstance(repository, str) else None
            if pair:
                repositories.append(pair)
            inner = [(str(key), one) for key, one in value.items() if not (pair and key in {"owner", "repo"})]
            waiting += [(key, one, depth + 1) for key, one in inner if depth < MAX_DEPTH]
        elif isinstance(value, list):
            waiting += [(name, one, depth + 1) for one in value if depth < MAX_DEPTH]
        elif isinstance(value, str) and value:
            url = address(value) if name.lower() in _REPOSITORIES else None
            path = local_path(value) if _may_be_path(name, value) else None
            if url:
                repositories.append(url)
            elif path:
                paths.append(path)
    return paths, repositories


def address(text: str) -> str | None:
    """Return the address of a repository that is given as ``OWNER/NAME``, ``HOST/OWNER/NAME`` or ``https://…``."""
    url = text.startswith("https://")
    parts = text.removeprefix("https://").rpartition("@")[2].rstrip("/").split("/")
    parts = parts[:3] if url else [HOST, *parts] if len(parts) == 2 else parts
    if len(parts) != 3 or not all(part.strip(".") and _SLUG.issuperset(part) for part in parts) or "." not in parts[0]:
        return None
    return f"https://{parts[0]}/{parts[1]}/{parts[2].removesuffix('.git')}"


def local_path(value: str) -> str | None:
    """Return the path in ``value``, a path or a ``file:`` URI; ``None`` for another URI."""
    if not value.startswith("file:"):
        return None if "://" in value else value
    path = value.removeprefix("file:")
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    begin, *rest = path.split("%")
    try:
        data = begin.encode() + b"".join(bytes([int(part[:2], 16)]) + part[2:].encode() for part in rest)
    except ValueError:
        return path
    return data.decode("utf-8", "surrogateescape")


def _may_be_path(name: str, value: str) -> bool:
    words = [word.removesuffix("s") for word in _words(name)]
    if any(word in _PATHS for word in words):
        return True
    looks_like_one = value.startswith(("/", "~", "./", "../", "file:")) or value[1:3] in {":\\", ":/"}
    return looks_like_one and any(word in _MAYBE_PATHS for word in words)


def _words(name: str) -> list[str]:
    """Return the words of ``snake_case``, ``kebab-case`` or ``camelCase``, in lower case."""
    apart = "".join(f"_{letter}" if letter.isupper() else letter for letter in name.replace("-", "_"))
    words = apart.lower().split("_")
    # "projectroot", "filepath"
    return words + [ending for ending in ("path", "root", "dir", "directory", "folder") if words[-1].endswith(ending)]
