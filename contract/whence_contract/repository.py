"""Repository identity: find the repository that a git remote refers to, in any notation.

Two remotes refer to the same repository if their :attr:`Repository.key` is equal. For the forms of a remote, see
git-clone(1), section "GIT URLS"; comments in the code name the hosting services' own variations. Remotes are hostile
input: anything that cannot be a repository on a host gives ``None``, never an exception, and user names, passwords,
ports, queries and fragments are dropped first.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, unquote

LOCAL = "local"
"""Owner of every repository without a usable remote."""

GITHUB_HOST = "github.com"
MAX_REMOTE_LENGTH = 2048
MAX_SEGMENT_LENGTH = 255

_SCHEMES = {"http", "https", "ssh", "git", "git+ssh", "ssh+git", "git+https", "git+http", "ftp", "ftps"}
_SSH_SCHEMES = {"ssh", "git+ssh", "ssh+git"}
# Alternative SSH hosts for networks that block port 22, and hosts with a leading "www".
_HOST_ALIASES = {
    "ssh.github.com": GITHUB_HOST,
    "www.github.com": GITHUB_HOST,
    "altssh.gitlab.com": "gitlab.com",
    "www.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "www.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
}
_PROVIDERS = {"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket", "codeberg.org": "gitea"}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)")
_PORT = re.compile(r":[0-9]*$")
_SCP = re.compile(r"(?:([^/:]*)@)?(\[[^\]]*\]|[^@/:\[\]]+):(.*)", re.DOTALL)
_REMOTE_HELPER = re.compile(r"[A-Za-z0-9]+::")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Repository(NamedTuple):
    """A repository's identity: ``host/owner/name``.

    ``host`` is lower-case and without port. ``owner`` may hold ``/`` (GitLab subgroups) and is empty where a host has
    no owners. A repository without a usable remote has an empty host and the owner ``local``.
    """

    host: str
    owner: str
    name: str

    @property
    def key(self) -> str:
        """Return ``host/owner/name`` for comparisons, in lower case if the host ignores case."""
        path = f"{self.owner}/{self.name}" if self.owner else self.name
        if not self.host:
            return path
        return f"{self.host}/{_lower(path) if is_github(self.host) else path}"

    @property
    def display(self) -> str:
        """Return the form for people: case kept, ``github.com`` omitted."""
        path = f"{self.owner}/{self.name}" if self.owner else self.name
        return path if self.host in {GITHUB_HOST, ""} else f"{self.host}/{path}"

    @property
    def url(self) -> str | None:
        """Return the canonical ``https`` URL, without credentials; ``None`` for a local repository."""
        if not self.host:
            return None
        if self.host == "dev.azure.com":
            return f"https://{self.host}/{quote(self.owner)}/_git/{quote(self.name)}"
        return f"https://{self.host}/{quote(_path(self.owner, self.name), safe='/~')}"

    @property
    def provider(self) -> str | None:
        """Return ``vcs.provider.name`` if the host determines it."""
        return "github" if is_github(self.host) else _PROVIDERS.get(self.host)


def is_github(host: str) -> bool:
    """Return true for github.com, GHE.com and hosts named like an Enterprise Server (``github.acme.com``)."""
    return host == GITHUB_HOST or host.endswith(".ghe.com") or host.startswith(("github.", "ghe."))


def local_repository(folder: str) -> Repository:
    """Return the identity of a repository without a usable remote: ``local/<folder name>``."""
    name = "".join(character for character in folder if _printable(character)).strip(" .")
    return Repository("", LOCAL, name[:MAX_SEGMENT_LENGTH] or "unnamed")


def parse_remote(remote: str, ssh_hostname: Callable[[str], str] | None = None) -> Repository | None:
    """Return the repository that ``remote`` refers to; ``None`` for a path, a bundle or anything else.

    ``ssh_hostname`` maps the host of an SSH remote to its real name, as ``ssh -G`` does for the aliases of
    ``~/.ssh/config``.
    """
    location = _location(remote)
    if location is None:
        return None
    scheme, host, path = location
    if scheme in _SSH_SCHEMES and ssh_hostname is not None and _HOST.fullmatch(host):
        host = ssh_hostname(host)
    host = _lower(host).rstrip(".")
    if not _HOST.fullmatch(host) or ".." in host:
        return None
    segments = _segments(path)
    return None if segments is None else _identify(_HOST_ALIASES.get(host, host), segments)


def _location(remote: str) -> tuple[str, str, str] | None:
    """Split into scheme, host and path; drop user, port, query and fragment."""
    remote = remote.strip()
    if len(remote) > MAX_REMOTE_LENGTH or "\\" in remote or _REMOTE_HELPER.match(remote):
        return None
    url = _URL.match(remote)
    if url:
        scheme = _lower(url[1])
        host = _PORT.sub("", url[2].rpartition("@")[2])
        return (scheme, host, url[3]) if scheme in _SCHEMES else None
    scp = _SCP.fullmatch(remote)
    # git reads "a:b" as a host only if no slash precedes the colon; one letter is a Windows drive.
    if scp is None or (len(scp[2]) == 1 and scp[1] is None):
        return None
    return "ssh", scp[2], re.split(r"[?#]", scp[3])[0]


def _identify(host: str, segments: list[str]) -> Repository | None:
    if is_github(host):
        return Repository(host, *segments) if len(segments) == 2 else None
    if host == "gist.github.com":
        return Repository(host, "", segments[-1]) if len(segments) <= 2 else None
    if host == "dev.azure.com" or host.endswith(".visualstudio.com"):
        return _identify_azure(host, segments)
    # Bitbucket Data Center serves "PROJECT/name" over SSH and "scm/PROJECT/name" over HTTP.
    if len(segments) == 3 and segments[0] == "scm" and host not in _PROVIDERS:
        segments = segments[1:]
    return Repository(host, "/".join(segments[:-1]), segments[-1])


def _identify_azure(host: str, segments: list[str]) -> Repository | None:
    """Identify an Azure DevOps repository, from an SSH or HTTPS path.

    https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate
    """
    if host != "dev.azure.com" and segments[0] != "v3":
        organization = host.removesuffix(".visualstudio.com")
        segments = [organization, *(segments[1:] if segments[0] == "DefaultCollection" else segments)]
    match segments:
        case ["v3", organization, project, name] | [organization, project, "_git", *_, name]:
            pass
        case [organization, "_git", name]:
            project = name
        case _:
            return None
    return Repository("dev.azure.com", f"{organization}/{project}", name)


def _segments(path: str) -> list[str] | None:
    """Return a path's decoded, non-empty segments; ``None`` if there are none or one is not usable in a name."""
    segments = [segment for segment in unquote(path).split("/") if segment]
    while segments and segments[-1].endswith((".git", ".wiki")):
        segments[-1] = segments[-1].removesuffix(".git").removesuffix(".wiki")
        segments = [segment for segment in segments if segment]
    return segments if segments and all(map(_usable, segments)) else None


def _usable(segment: str) -> bool:
    if segment in {".", ".."} or len(segment) > MAX_SEGMENT_LENGTH:
        return False
    # Fast path: nearly all segments are plain, and there may be a hundred thousand.
    return _PLAIN.fullmatch(segment) is not None or all(map(_printable, segment))


def _printable(character: str) -> bool:
    """Return true for letters, marks and digits of any script and for harmless punctuation."""
    return character in " ._-~+()&,'!$=" or unicodedata.category(character)[0] in "LMN"


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def _path(*parts: str) -> str:
    return "/".join(filter(None, parts))
