"""The classifier with recorded answers of the real GitHub, and our fake against GitHub's own description."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from github import Auth

from builders.machine import Machine
from fakes.github import TOKEN
from fakes.github_description import mistake
from fakes.recorded_github import Recorded, recorded, replayed, scenarios
from whence_classifier.error import ClassifierError
from whence_classifier.github import parse
from whence_classifier.github.github import GitHub
from whence_classifier.github.inventory import doubts, list_organization
from whence_classifier.github.lookup import look_up
from whence_contract.repository import Repository

ORGANIZATION = "octokit-fixture-org"
OWNER_ID = 31898100


def made() -> list[Recorded]:
    """The repositories that the organization had during the recording, without the renamed one."""
    answers = [one for name in scenarios() if name != "rename-repository" for one in recorded(name)]
    return [one for one in answers if (one.verb, one.path) == ("POST", f"/orgs/{ORGANIZATION}/repos")]


def listing(repositories: list[Recorded]) -> Recorded:
    """A list of recorded repositories. The list itself was not recorded."""
    return Recorded(
        "GET", f"/orgs/{ORGANIZATION}/repos", 200, repositories[0].headers, [one.body for one in repositories]
    )


@pytest.fixture
def github() -> Iterator[str]:
    answers = [*recorded("get-organization"), *recorded("get-repository"), *recorded("rename-repository")]
    with replayed(*(one for one in answers if one.verb == "GET"), listing(made())) as url:
        yield url


def renamed() -> tuple[str, str]:
    """A repository's name before and after it was renamed."""
    moved, there = (one for one in recorded("rename-repository") if one.verb == "GET")
    assert moved.status == 301
    return moved.path.removeprefix("/repos/"), there.body["full_name"]


def test_the_real_organization_is_listed(github: str) -> None:
    with closing(GitHub(github, Auth.Token(TOKEN))) as connection:
        found = list_organization(connection, ORGANIZATION)
    assert (found.id, found.login, found.host) == (OWNER_ID, ORGANIZATION, "github.com")
    assert len(made()) == len(found.repositories) > 10
    assert found.total == 316
    (told,) = doubts(found, ORGANIZATION)
    assert f"{len(made())} of the 316 repositories" in told


def test_the_real_redirect_of_a_renamed_repository_is_followed_on_the_address_that_was_given(github: str) -> None:
    old, new = renamed()
    with closing(GitHub(github, Auth.Token(TOKEN))) as connection:
        looked = look_up(connection, [Repository("github.com", *old.split("/"))], {}, [ORGANIZATION])
    there = looked.found[f"github.com/{old}"]
    assert (there.name, there.owner_id, looked.refused) == (new, OWNER_ID, {})


def test_real_answers_give_the_labels(github: str, tmp_path: Path) -> None:
    machine, (old, new), listed = Machine(tmp_path), renamed(), made()[3].body["full_name"]
    (tmp_path / "names").write_text(f"{old}\n{listed}\n{ORGANIZATION}/hello-world\n{ORGANIZATION}/never\njane/game\n")
    arguments = ["--org", ORGANIZATION, "--github-url", github, "--repositories", str(tmp_path / "names")]
    done = machine.whence("classify", *arguments, "--format", "json", GITHUB_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert [(row["label"], row["reason"], row["evidence"]) for row in json.loads(done.stdout)] == [
        ("Managed", "renamed-in-organization", new),
        ("Managed", "in-organization", ORGANIZATION),
        ("Managed", "in-organization", ORGANIZATION),
        ("Unknown", "hidden-or-deleted", ORGANIZATION),
        ("Unmanaged", "outside-organization", None),
    ]


def test_real_pages_name_their_next() -> None:
    pages = [one for one in recorded("paginate-issues") if one.verb == "GET"]
    served = [one._replace(path=f"/pages/{place}") for place, one in enumerate(pages)]
    with replayed(*served) as url, closing(GitHub(url, Auth.Token(TOKEN))) as connection:
        assert [connection.get(one.path).has_next for one in served] == [True, True, True, True, False]


@pytest.mark.parametrize("field", ["id", "login", "html_url"])
def test_a_real_organization_without_a_field_that_matters_is_refused(field: str) -> None:
    (answer,) = recorded("get-organization")
    with pytest.raises(ClassifierError, match=field):
        parse.organization({name: value for name, value in answer.body.items() if name != field})


def test_a_real_organization_as_a_stranger_sees_it_has_no_number_of_private_repositories() -> None:
    (answer,) = recorded("get-organization")
    # The fields that only members see begin with this one: https://docs.github.com/rest/orgs/orgs#get-an-organization
    seen = dict(list(answer.body.items())[: list(answer.body).index("total_private_repos")])
    answers = [answer._replace(body=seen), listing(made())]
    with replayed(*answers) as url, closing(GitHub(url, Auth.Token(TOKEN))) as connection:
        found = list_organization(connection, ORGANIZATION)
    (told,) = doubts(found, ORGANIZATION)
    assert "not seem to be a member" in told


def test_the_description_of_github_finds_what_is_wrong_with_an_answer() -> None:
    (organization,), (repository,) = recorded("get-organization"), recorded("get-repository")
    # Both are required now, but did not exist when these were recorded.
    organization.body["archived_at"] = None
    repository.body["has_discussions"] = False
    assert "hooks_url" in mistake("GET", "/orgs/acme", 200, organization.body | {"hooks_url": 7})
    assert "id" in mistake("GET", "/repos/acme/api", 200, repository.body | {"id": "7"})
    assert "required" in mistake("GET", "/orgs/acme/repos", 200, [{"id": 7}])
    assert "GitHub does not describe an answer 201" in mistake("GET", "/orgs/acme", 201, {})
    assert "not a path in GitHub's description" in mistake("GET", "/organisations", 200, {})
    assert mistake("GET", "/orgs/acme", 403, ["Forbidden"])
    assert mistake("GET", "/orgs/acme", 404, {"message": "Not Found"}) == ""
    assert mistake("GET", "/orgs/acme", 200, organization.body | {"description": None}) == ""
