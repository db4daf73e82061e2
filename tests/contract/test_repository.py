"""Repository identity: every remote form that git accepts, and every one that must not be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence_contract.repository import Repository, local_repository, parse_remote

API = "github.com/acme/api"

SAME_REPOSITORY = [
    "https://github.com/acme/api",
    "https://github.com/acme/api.git",
    "https://github.com/acme/api/",
    "https://github.com/acme/api.git/",
    "https://github.com//acme//api",
    "https://github.com:443/acme/api.git",
    "https://www.github.com/acme/api",
    "https://GitHub.com/Acme/API.git",
    "https://github.com./acme/api",
    "https://octocat@github.com/acme/api.git",
    "https://octocat:hunter2@github.com/acme/api.git",
    "https://x-access-token:ghs_16C7e42F292c6912E7710c838347Ae178B4a@github.com/acme/api",
    "https://oauth2:a@b:c@github.com/acme/api",
    "https://github.com/acme/api?access_token=hunter2",
    "https://github.com/acme/api.git#readme",
    "https://github.com/%61cme/ap%69.git",
    "https://github.com/acme%2Fapi.git",
    "https://github.com/acme/api.wiki.git",
    "https://github.com/acme/api.git.git",
    "  https://github.com/acme/api.git\n",
    "HTTPS://github.com/acme/api.git",
    "http://github.com/acme/api.git",
    "git://github.com/acme/api.git",
    "git+https://github.com/acme/api.git",
    "ssh://git@github.com/acme/api.git",
    "ssh://git@github.com:22/acme/api.git",
    "ssh://git@ssh.github.com:443/acme/api.git",
    "ssh://github.com/acme/api",
    "git+ssh://git@github.com/acme/api.git",
    "ssh+git://git@github.com/acme/api.git",
    "git@github.com:acme/api.git",
    "git@github.com:acme/api",
    "git@github.com:/acme/api.git",
    "git@github.com:acme/api/",
    "git@github.com:acme/api.wiki.git",
    "git@GITHUB.COM:ACME/API.git",
    "git@ssh.github.com:acme/api.git",
    "org-1234@github.com:acme/api.git",
    "jane@acme.com@github.com:acme/api.git",
    "github.com:acme/api.git",
]

OTHER_FORMS = [
    ("git@gitlab.com:group/sub/deep/api.git", "gitlab.com/group/sub/deep/api"),
    ("https://gitlab.com/group/sub/api", "gitlab.com/group/sub/api"),
    ("ssh://git@altssh.gitlab.com:443/group/api.git", "gitlab.com/group/api"),
    ("https://gitlab-ci-token:tok@gitlab.com/group/api.git", "gitlab.com/group/api"),
    ("https://gitlab.acme.com:8443/group/api.git", "gitlab.acme.com/group/api"),
    ("ssh://git@gitlab.acme.com:2222/Group/api.git", "gitlab.acme.com/Group/api"),
    ("git@bitbucket.org:team/api.git", "bitbucket.org/team/api"),
    ("https://jane@bitbucket.org/team/api.git", "bitbucket.org/team/api"),
    ("ssh://git@altssh.bitbucket.org:443/team/api.git", "bitbucket.org/team/api"),
    ("https://git.acme.com/scm/PROJ/api.git", "git.acme.com/PROJ/api"),
    ("ssh://git@git.acme.com:7999/PROJ/api.git", "git.acme.com/PROJ/api"),
    ("https://git.acme.com/scm/~jane/api.git", "git.acme.com/~jane/api"),
    ("https://gitlab.com/scm/tools/api.git", "gitlab.com/scm/tools/api"),
    ("https://dev.azure.com/acme/Shop/_git/api", "dev.azure.com/acme/Shop/api"),
    ("https://acme@dev.azure.com/acme/Shop/_git/api", "dev.azure.com/acme/Shop/api"),
    ("https://dev.azure.com/acme/My%20Shop/_git/my%20api", "dev.azure.com/acme/My Shop/my api"),
    ("https://dev.azure.com/acme/_git/Shop", "dev.azure.com/acme/Shop/Shop"),
    ("https://dev.azure.com/acme/Shop/_git/_optimized/api", "dev.azure.com/acme/Shop/api"),
    ("git@ssh.dev.azure.com:v3/acme/Shop/api", "dev.azure.com/acme/Shop/api"),
    ("git@ssh.dev.azure.com:v3/acme/My%20Shop/api", "dev.azure.com/acme/My Shop/api"),
    ("ssh://git@ssh.dev.azure.com:22/v3/acme/Shop/api", "dev.azure.com/acme/Shop/api"),
    ("https://acme.visualstudio.com/Shop/_git/api", "dev.azure.com/acme/Shop/api"),
    ("https://acme.visualstudio.com/DefaultCollection/Shop/_git/api", "dev.azure.com/acme/Shop/api"),
    ("https://acme.visualstudio.com/_git/Shop", "dev.azure.com/acme/Shop/Shop"),
    ("acme@vs-ssh.visualstudio.com:v3/acme/Shop/api", "dev.azure.com/acme/Shop/api"),
    ("https://acme.ghe.com/Team/Api.git", "acme.ghe.com/team/api"),
    ("git@github.acme.com:Team/Api.git", "github.acme.com/team/api"),
    ("https://ghe.acme.com/Team/Api", "ghe.acme.com/team/api"),
    ("https://codeberg.org/Acme/api.git", "codeberg.org/Acme/api"),
    ("https://git.sr.ht/~jane/api", "git.sr.ht/~jane/api"),
    ("git@gist.github.com:0123456789abcdef.git", "gist.github.com/0123456789abcdef"),
    ("https://gist.github.com/jane/0123456789abcdef", "gist.github.com/0123456789abcdef"),
    (
        "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/api",
        "git-codecommit.us-east-1.amazonaws.com/v1/repos/api",
    ),
    ("git@git.acme.com:api.git", "git.acme.com/api"),
    ("ssh://jane@git.acme.com/srv/git/api.git", "git.acme.com/srv/git/api"),
    ("ssh://jane@git.acme.com/home/jane/api/.git", "git.acme.com/home/jane/api"),
    ("git@github-work:acme/api.git", "github-work/acme/api"),
    ("git@[2001:db8::1]:acme/api.git", "[2001:db8::1]/acme/api"),
    ("ssh://git@[2001:db8::1]:2222/acme/api.git", "[2001:db8::1]/acme/api"),
    ("http://127.0.0.1:3000/acme/api.git", "127.0.0.1/acme/api"),
    ("https://github.com@evil.example/acme/api", "evil.example/acme/api"),
    ("https://evil.example#@github.com/acme/api", None),
    ("https://evil.example/x/y#@github.com/acme/api", "evil.example/x/y"),
    ("https://github.com.evil.example/acme/api", "github.com.evil.example/acme/api"),
    ("https://github.com/аcme/api", "github.com/аcme/api"),  # noqa: RUF001 Cyrillic: must not become acme
    ("https://github.com/\u212ameans/api", "github.com/\u212ameans/api"),  # Kelvin sign, which str.lower() makes a k
    ("https://git.acme.com/équipe/api", "git.acme.com/équipe/api"),
]

NO_REPOSITORY = [
    "",
    "   ",
    "/srv/git/api.git",
    "./api",
    "../api.git",
    "~/src/api",
    "api",
    "acme/api",
    "file:///srv/git/api.git",
    "C:\\src\\api",
    "C:/src/api",
    "c:api",
    "\\\\server\\share\\api",
    "//user:hunter2@host/acme/api",
    "https:/user:hunter2@github.com/acme/api",
    "git:hunter2@github.com:acme/api",
    "ext::sh -c 'curl evil.example'",
    "codecommit::us-east-1://api",
    "javascript://github.com/acme/api",
    "https://",
    "https://github.com",
    "https://github.com/",
    "https://github.com/acme",
    "https://github.com/.git",
    "https://github.com/acme/api/tree/main",
    "https://github.com/acme/api/../../evil/api",
    "https://github.com/acme/%2e%2e",
    "https://github.com/acme/..",
    "https://github.com/acme/a%00b",
    "https://github.com/acme/a%0ab",
    "https://github.com/acme/<script>alert(1)</script>",
    "https://github.com/acme/%3Cb%3E",
    'https://github.com/acme/a"b',
    "https://github.com/acme/a\u202eb",
    "https://github.com/acme/a\u200bb",
    "https://github.com/acme/a%252fb",
    "https://github.com\\@evil.example/acme/api",
    "https://gіthub.com/acme/api",  # noqa: RUF001 Cyrillic host
    "https://git hub.com/acme/api",
    "https://-oProxyCommand=evil/acme/api",
    "ssh://-oProxyCommand=evil/acme/api",
    "-oProxyCommand=evil:acme/api",
    "https://github..com/acme/api",
    "https://github.com:port/acme/api",
    "git@github.com:22/acme/api.git",
    "git@ssh.dev.azure.com:acme/api",
    "https://github.com/acme/" + "a" * 300,
    "https://github.com/" + "a/" * 2000,
]


@pytest.mark.parametrize("remote", SAME_REPOSITORY)
def test_every_way_to_write_a_remote_gives_the_same_key(remote: str) -> None:
    repository = parse_remote(remote)
    assert repository is not None
    assert repository.key == API


@pytest.mark.parametrize(("remote", "key"), OTHER_FORMS)
def test_each_service_has_its_own_forms(remote: str, key: str | None) -> None:
    repository = parse_remote(remote)
    assert (repository.key if repository else None) == key


@pytest.mark.parametrize("remote", NO_REPOSITORY)
def test_what_names_no_repository_on_a_host_gives_none(remote: str) -> None:
    assert parse_remote(remote) is None


def test_display_keeps_case_and_drops_only_github_com() -> None:
    assert Repository("github.com", "Acme", "API").display == "Acme/API"
    assert Repository("gitlab.com", "Acme/Sub", "API").display == "gitlab.com/Acme/Sub/API"
    assert Repository("git.acme.com", "", "API").display == "git.acme.com/API"


def test_same_name_on_two_hosts_is_two_repositories() -> None:
    keys = {Repository(host, "acme", "api").key for host in ("github.com", "gitlab.com", "github.acme.com")}
    assert len(keys) == 3


def test_canonical_url_is_https_and_opens_in_a_browser() -> None:
    assert Repository("github.com", "Acme", "api").url == "https://github.com/Acme/api"
    azure = Repository("dev.azure.com", "acme/My Shop", "api")
    assert azure.url == "https://dev.azure.com/acme/My%20Shop/_git/api"


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("github.com", "github"),
        ("acme.ghe.com", "github"),
        ("gitlab.com", "gitlab"),
        ("git.acme.com", None),
        ("", None),
    ],
)
def test_provider_is_named_only_where_the_host_tells_it(host: str, provider: str | None) -> None:
    assert Repository(host, "acme", "api").provider == provider


def test_ssh_alias_is_resolved_for_ssh_remotes_only() -> None:
    aliases = {"github-work": "ssh.github.com"}

    def resolve(host: str) -> str:
        return aliases.get(host, host)

    assert parse_remote("git@github-work:acme/api", resolve) == Repository("github.com", "acme", "api")
    assert parse_remote("https://github-work/acme/api", resolve) == Repository("github-work", "acme", "api")


def test_host_that_looks_like_an_option_never_reaches_ssh() -> None:
    asked: list[str] = []

    def resolve(host: str) -> str:
        asked.append(host)
        return host

    assert parse_remote("ssh://-oProxyCommand=evil/acme/api", resolve) is None
    assert asked == []


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("notes", "notes"),
        ("my notes", "my notes"),
        ("a\x1b[31mb\n", "a31mb"),
        ("..", "unnamed"),
        ("a" * 300, "a" * 255),
    ],
)
def test_local_repository_is_named_after_its_folder(folder: str, name: str) -> None:
    repository = local_repository(folder)
    assert repository == Repository("", "local", name)
    assert repository.key == repository.display == f"local/{name}"
    assert repository.url is None


@given(st.text(max_size=120) | st.from_regex(r"(https|ssh|git)://.{0,40}/.{0,20}/.{0,20}") | st.from_regex(r".+@.+:.+"))
def test_parsing_never_raises_and_its_url_is_a_fixed_point(remote: str) -> None:
    repository = parse_remote(remote)
    if repository is not None:
        assert repository.url is not None
        assert parse_remote(repository.url) == repository
        assert Repository(*repository).key.startswith(repository.host)


@given(
    secret=st.from_regex(r"zq[A-Za-z0-9]{6,20}", fullmatch=True),
    host=st.sampled_from(["github.com", "gitlab.com", "git.acme.com", "dev.azure.com", "acme.visualstudio.com"]),
    template=st.sampled_from(
        [
            "https://{s}@{h}/o/x.git",
            "https://jane:{s}@{h}/o/x.git",
            "https://jane%3A{s}@{h}/o/x",
            "https://{h}/o/x?password={s}",
            "https://{h}/o/x;jane:{s}",
            "https://{h}/jane:{s}@o/x",
            "https://{h}/jane%3A{s}%40o/x",
            "jane:{s}@{h}:o/x.git",
            "{s}@{h}:o/x.git",
            "ssh://jane:{s}@{h}:22/o/x",
            "https://jane:{s}@@{h}/o/x#{s}",
            "https:/jane:{s}@{h}/o/x",
            "{s}::https://jane:{s}@{h}/o/x",
        ]
    ),
)
def test_no_credential_survives(secret: str, host: str, template: str) -> None:
    repository = parse_remote(template.format(s=secret, h=host))
    if repository is not None:
        assert secret not in " ".join([*repository, repository.key, repository.display, str(repository.url)])
