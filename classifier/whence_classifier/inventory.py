"""The inventory: all repositories of a GitHub organization, or an error; never a part of them."""

import re
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException
from urllib3.util import Retry

from whence_classifier.judge import Inventory, fold
from whence_contract.repository import parse_remote

PER_PAGE = 100
TIMEOUT_SECONDS = 20


class InventoryError(Exception):
    """The list could not be completed; the message says why and what to do."""


def list_organization(organization: str, github_url: str, token: str) -> Inventory:
    """List every repository that the token can see, of every visibility, forks and archived ones included.

    https://docs.github.com/rest/repos/repos#list-organization-repositories
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", organization):
        raise InventoryError(f"{organization[:100]!r} cannot be the name of an organization.")
    retry = Retry(total=2, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), raise_on_status=False)
    github = Github(
        auth=Auth.Token(token),
        base_url=api_url(github_url),
        per_page=PER_PAGE,
        timeout=TIMEOUT_SECONDS,
        retry=retry,
        seconds_between_requests=None,
    )
    try:
        with github:
            found = github.get_organization(organization)
            addresses = [repository.html_url for repository in found.get_repos(type="all")]
    except GithubException as error:
        raise InventoryError(_problem(error.status, organization, github_url)) from error
    except (requests.RequestException, ValueError) as error:
        raise InventoryError(f"{github_url} cannot be reached ({type(error).__name__}).") from error
    repositories = [parse_remote(address) for address in addresses]
    if None in repositories:
        raise InventoryError(f"{github_url} listed a repository without a usable address.")
    keys = frozenset(fold(repository) for repository in repositories if repository)
    hosts = {repository.host for repository in repositories if repository}
    return Inventory(organization, hosts.pop() if hosts else urlsplit(github_url).hostname or "", keys)


def api_url(github_url: str) -> str:
    """The REST address of github.com, of a GHE.com tenant, or of an Enterprise Server.

    https://docs.github.com/enterprise-server@latest/rest/enterprise-admin#endpoint-urls
    """
    parts = urlsplit(github_url if "://" in github_url else f"https://{github_url}")
    host = (parts.hostname or "").removeprefix("www.")
    if parts.scheme not in {"http", "https"} or not host:
        raise InventoryError(f"{github_url!r} is no address of a GitHub: write https://github.example.com")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/api/v3"


def _problem(status: int, organization: str, github_url: str) -> str:
    match status:
        case 401:
            return f"{github_url} refused the token (401). Put a valid one into GITHUB_TOKEN."
        case 403 | 429:
            return (
                f"{github_url} refused to list {organization} ({status}): the token may lack the scope 'repo' "
                "or its SAML authorization, or its rate limit is used up."
            )
        case 404:
            return f"{github_url} knows no organization {organization}, or hides it from this token (404)."
        case _:
            return f"{github_url} answered {status} while listing {organization}."
