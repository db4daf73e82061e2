"""Requests to GitHub: its addresses, and authentication as a GitHub App."""

from contextlib import closing

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github import Auth

from fakes.github import TOKEN, github
from fakes.proxy import recording_proxy
from whence_classifier.error import ClassifierError
from whence_classifier.github.credentials import App, authentication
from whence_classifier.github.github import GitHub, api_url
from whence_classifier.github.inventory import list_organization
from whence_classifier.github.retry import Budget

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()


def test_an_app_finds_its_installation_in_each_organization_and_renews_its_tokens() -> None:
    with github({"acme": [f"r{number}" for number in range(250)], "tools": ["build"]}) as fake:
        fake.install("acme", KEY.public_key())
        fake.install("tools", KEY.public_key())
        # PyGithub renews a token that has less than 20 seconds to live.
        fake.token_seconds = 15
        with closing(GitHub(fake.url, authentication(App("7", PEM)))) as connection:
            assert len(list_organization(connection, "acme").repositories) == 250
            assert len(list_organization(connection, "tools").repositories) == 1
    organizations = [organization for organization, _ in fake.tokens.values()]
    assert organizations.count("acme") > 1
    assert "tools" in organizations


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"suspended_at": "2026-01-01T00:00:00Z"}, "is suspended"),
        ({"repository_selection": "selected"}, "only some repositories"),
    ],
)
def test_an_installation_that_cannot_see_everything_is_named(more: dict[str, str], message: str) -> None:
    with github({"acme": ["api"]}) as fake:
        fake.install("acme", KEY.public_key(), **more)
        with closing(GitHub(fake.url, authentication(App("7", PEM)))) as connection:
            with pytest.raises(ClassifierError, match=message):
                list_organization(connection, "acme")
            with pytest.raises(ClassifierError, match="not installed in other"):
                list_organization(connection, "other")


def test_no_proxy_sees_a_request_to_a_github_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with github({"acme": ["api"]}) as fake, recording_proxy() as proxy:
        for name, value in proxy.variables.items():
            monkeypatch.setenv(name, value)
        fake.install("acme", KEY.public_key())
        with closing(GitHub(fake.url, authentication(App("7", PEM)))) as connection:
            assert len(list_organization(connection, "acme").repositories) == 1
    assert [organization for organization, _ in fake.tokens.values()] == ["acme"]
    assert proxy.asked == []


def test_an_app_with_another_key_is_refused() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with github({"acme": ["api"]}) as fake:
        fake.install("acme", other.public_key())
        connection = GitHub(fake.url, authentication(App("7", PEM)))
        with closing(connection), pytest.raises(ClassifierError, match="refused the token"):
            list_organization(connection, "acme")


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("github.com", "https://api.github.com"),
        ("https://www.github.com/", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://github.acme.example/", "https://github.acme.example/api/v3"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v3"),
        ("https://jane:hunter2@git.acme.example", "https://git.acme.example/api/v3"),
        ("https://api.github.com", "https://api.github.com"),
        ("https://api.github.com/", "https://api.github.com"),
        ("https://github.com/acme", "https://api.github.com"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://github.acme.example/api/v3", "https://github.acme.example/api/v3"),
        ("https://github.acme.example/api/v3/", "https://github.acme.example/api/v3"),
        ("https://gateway.acme.example/github", "https://gateway.acme.example/github/api/v3"),
    ],
)
def test_each_kind_of_github_has_its_api(url: str, api: str) -> None:
    assert api_url(url) == api


def test_what_is_no_address_is_refused() -> None:
    for url in ("", "ftp://github.com", "https://", "https://[", "https://github.com:x"):
        with pytest.raises(ClassifierError):
            api_url(url)


def test_a_renamed_repository_is_followed_through_a_gateway() -> None:
    with github({"acme": ["old"]}) as fake:
        fake.canonical = "https://api.github.com"
        fake.rename("acme/old", "acme/new")
        with closing(GitHub(fake.url, Auth.Token(TOKEN))) as connection:
            answer = connection.get("/repos/acme/old")
    assert (answer.status, answer.body["full_name"]) == (200, "acme/new")
    assert fake.requests[-1].startswith("GET /api/v3/repositories/")


def test_a_redirect_to_another_place_is_named_and_gets_no_token() -> None:
    with github({"acme": ["api"]}) as other, github({"acme": ["api"]}) as fake:
        fake.fail("orgs/acme", 301, 1, "Moved", {"Location": f"{other.url}/api/v3/orgs/acme"})
        connection = GitHub(fake.url, Auth.Token(TOKEN))
        with closing(connection), pytest.raises(ClassifierError, match=f"redirects to {other.url}"):
            connection.get("/orgs/acme")
    assert other.requests == []


def test_redirects_that_lead_in_a_circle_end() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.fail("repositories/7", 301, 100, "Moved", {"Location": "https://api.github.com/repositories/7"})
        connection = GitHub(fake.url, Auth.Token(TOKEN))
        with closing(connection), pytest.raises(ClassifierError, match="redirects"):
            connection.get("/repositories/7")
    assert len(fake.requests) <= 4


@pytest.mark.parametrize(("status", "times", "works"), [(502, 1, True), (201, 9, False), (403, 9, False)])
def test_a_token_for_the_app_is_asked_for_again_and_its_absence_named(status: int, times: int, works: bool) -> None:
    with github({"acme": ["api"]}) as fake:
        fake.install("acme", KEY.public_key())
        fake.fail("access_tokens", status, times, "No token for you")
        with closing(GitHub(fake.url, authentication(App("7", PEM)))) as connection:
            if works:
                assert len(list_organization(connection, "acme").repositories) == 1
            else:
                with pytest.raises(ClassifierError, match=r"No token for you|refused the token"):
                    list_organization(connection, "acme")


@pytest.mark.parametrize(("left", "works"), [(3.0, True), (1.0, False)])
def test_a_limited_request_for_the_apps_token_waits_within_the_budget_of_the_run(
    monkeypatch: pytest.MonkeyPatch, left: float, works: bool
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    budget = Budget(left)
    with github({"acme": ["api"]}) as fake:
        fake.install("acme", KEY.public_key())
        fake.fail("access_tokens", 403, 1, "API rate limit exceeded", {"Retry-After": "2"})
        with closing(GitHub(fake.url, authentication(App("7", PEM)), budget)) as connection:
            if works:
                assert len(list_organization(connection, "acme").repositories) == 1
            else:
                with pytest.raises(ClassifierError, match="rate limit"):
                    list_organization(connection, "acme")
    assert sum(waited) == (2 if works else 0)
    assert budget.left == 1
