"""List an organization completely, or fail; later runs list only what changed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from github import Auth

from fakes.github import TOKEN, github
from fakes.github import GitHub as Fake
from whence_classifier.error import ClassifierError
from whence_classifier.github.github import GitHub
from whence_classifier.github.inventory import FULL_EVERY_SECONDS, Listing, doubts, list_organization, organizations_of


@contextmanager
def connected(fake: Fake) -> Iterator[GitHub]:
    with closing(GitHub(fake.url, Auth.Token(TOKEN))) as connection:
        yield connection


def listed(fake: Fake, name: str = "acme", known: Listing | None = None) -> Listing:
    with connected(fake) as connection:
        return list_organization(connection, name, known)


def names(listing: Listing) -> set[str]:
    return {name for name, _ in listing.repositories.values()}


def test_all_pages_are_listed() -> None:
    with github({"acme": [f"r{number}" for number in range(251)]}) as fake:
        listing = listed(fake)
    assert names(listing) == {f"acme/r{number}" for number in range(251)}
    assert (listing.login, listing.host, listing.total) == ("acme", "github.com", 251)
    assert len(fake.requests) == 4


@pytest.mark.slow
def test_ten_thousand_repositories_take_a_hundred_requests_and_then_two() -> None:
    with github({"acme": [f"r{number}" for number in range(10_000)]}) as fake:
        first = listed(fake)
        assert len(first.repositories) == 10_000
        assert sum("/repos?" in request for request in fake.requests) == 100
        fake.requests.clear()
        second = listed(fake, known=first)
        assert len(fake.requests) == 2
        fake.requests.clear()
        assert names(listed(fake, known=second)) == names(first)
        assert (len(fake.requests), fake.answers[-2:]) == (2, [304, 304])


def test_an_organization_may_be_empty_and_lives_on_its_own_host() -> None:
    with github({"acme": []}, web="https://git.acme.example") as fake:
        listing = listed(fake)
        assert (listing.repositories, listing.host) == ({}, "git.acme.example")
        assert listed(fake, known=listing).repositories == {}


def test_what_is_new_renamed_or_pushed_to_is_found_without_listing_all() -> None:
    with github({"acme": [f"r{number}" for number in range(300)]}) as fake:
        first = listed(fake)
        fake.create("acme/new")
        fake.rename("acme/r7", "acme/seven")
        fake.push("acme/r8")
        fake.requests.clear()
        second = listed(fake, known=first)
        assert len(fake.requests) <= 3
    assert names(second) ^ names(first) == {"acme/new", "acme/seven", "acme/r7"}


@pytest.mark.parametrize("counts_private", [True, False])
def test_what_is_deleted_or_moved_away_is_no_longer_listed(counts_private: bool) -> None:
    with github({"acme": [f"r{number}" for number in range(150)]}) as fake:
        fake.counts_private = counts_private
        first = listed(fake)
        fake.delete("acme/r3")
        fake.rename("acme/r4", "Jane/r4")
        fake.create("acme/new")
        known = first if counts_private else first._replace(listed_at=first.listed_at - FULL_EVERY_SECONDS - 1)
        second = listed(fake, known=known)
    assert names(first) - names(second) == {"acme/r3", "acme/r4"}
    assert names(second) - names(first) == {"acme/new"}


def test_everything_is_listed_at_least_once_a_day() -> None:
    with github({"acme": ["api", "web"]}) as fake:
        first = listed(fake)
        # Only a full listing could find this.
        wrong = first._replace(
            repositories={**first.repositories, 1: ("acme/ghost", "")},
            listed_at=first.listed_at - FULL_EVERY_SECONDS - 1,
        )
        assert names(listed(fake, known=wrong)) == {"acme/api", "acme/web"}


def test_a_renamed_organization_is_still_known_by_its_id() -> None:
    with github({"acme": ["api"]}) as fake:
        first = listed(fake)
        fake.rename_owner("acme", "acme-corp")
        second = listed(fake, known=first)
        assert (second.login, names(second)) == ("acme-corp", {"acme-corp/api"})
        with pytest.raises(ClassifierError, match="has no organization acme"):
            listed(fake)


def test_an_organization_that_took_over_the_name_is_not_taken_for_the_old_one() -> None:
    with github({"acme": ["api"]}) as fake:
        first = listed(fake)
        fake.rename_owner("acme", "acme-corp")
        fake.create("acme/api")
        with pytest.raises(ClassifierError, match="is now another organization"):
            listed(fake, known=first)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_failure_that_passes_is_waited_for(status: int) -> None:
    with github({"acme": [f"r{number}" for number in range(150)]}) as fake:
        fake.fail("page=2", status, times=2, headers={"Retry-After": "1"})
        assert len(listed(fake).repositories) == 150


def test_a_page_that_breaks_off_is_asked_again() -> None:
    with github({"acme": [f"r{number}" for number in range(150)]}) as fake:
        fake.fail("page=2", cut=True)
        assert len(listed(fake).repositories) == 150


SSO = {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=SECRET"}
NO_MORE = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}


@pytest.mark.parametrize(
    ("status", "said", "headers", "message"),
    [
        (500, "Server Error", {}, "answered 500"),
        (403, "API rate limit exceeded", NO_MORE, "rate limit"),
        (403, "You have exceeded a secondary rate limit", {"Retry-After": "99999"}, "rate limit"),
        (403, "Resource protected by organization SAML enforcement.", SSO, "SAML single sign-on.*orgs/acme/sso"),
        (403, "The `acme` organization has an IP allow list enabled", {}, "IP allow list"),
        (403, "Resource not accessible by personal access token", {}, "may lack a permission.*not accessible"),
        (401, "Bad credentials", {}, "refused the token"),
        (404, "Not Found", {}, "does not list"),
        (404, "Not Found", SSO, "SAML single sign-on.*orgs/acme/sso"),
        (451, "Repository access blocked", {}, "answered 451"),
    ],
)
def test_half_a_listing_is_an_error_that_says_what_to_do(
    status: int, said: str, headers: dict[str, str], message: str
) -> None:
    with github({"acme": [f"r{number}" for number in range(300)]}) as fake:
        fake.fail("page=2", status, 10, said, {"X-RateLimit-Remaining": "1"} | headers)
        with pytest.raises(ClassifierError, match=message) as raised:
            listed(fake)
    assert "SECRET" not in str(raised.value)
    assert TOKEN not in str(raised.value)


def test_a_listing_without_what_single_sign_on_hides_is_an_error() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.page_headers["X-GitHub-SSO"] = "partial-results; organizations=1001"
        with pytest.raises(ClassifierError, match="lists only part of acme"):
            listed(fake)


def test_a_token_that_cannot_see_private_repositories_is_an_error() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.scopes = "read:org, public_repo"
        with pytest.raises(ClassifierError, match="lacks the scope 'repo'"):
            listed(fake)
        fake.scopes = None
        assert names(listed(fake)) == {"acme/api"}


def test_what_the_credentials_may_not_see_is_missing_from_the_total() -> None:
    with github({"acme": ["api", "web", "secret"]}) as fake:
        fake.hides.add("acme/secret")
        listing = listed(fake)
    assert (len(listing.repositories), listing.total) == (2, 3)


@pytest.mark.slow
def test_a_refused_token_an_unknown_organization_and_no_github_are_named() -> None:
    with github({"acme": []}) as fake:
        with (
            pytest.raises(ClassifierError, match="refused the token"),
            closing(GitHub(fake.url, Auth.Token("wrong"))) as connection,
        ):
            list_organization(connection, "acme")
        with pytest.raises(ClassifierError, match="has no organization other"):
            listed(fake, "other")
        with pytest.raises(ClassifierError, match="is not a valid organization name"):
            listed(fake, "../acme")
    with (
        pytest.raises(ClassifierError, match="cannot be reached"),
        closing(GitHub("http://127.0.0.1:9", Auth.Token(TOKEN))) as connection,
    ):
        list_organization(connection, "acme")


def test_an_enterprise_names_its_organizations() -> None:
    with github({"acme": [], "acme-labs": [], "tools": []}) as fake, connected(fake) as connection:
        assert organizations_of(connection, "acme-group") == ["acme", "acme-labs", "tools"]
        with pytest.raises(ClassifierError, match="Could not resolve"):
            organizations_of(connection, "other")
        fake.stuck = True
        with pytest.raises(ClassifierError, match="same organizations repeatedly"):
            organizations_of(connection, "acme-group")


def test_an_organization_without_its_address_is_refused_because_its_host_is_unknown() -> None:
    with github({"acme": ["api"]}) as fake:
        fake.drops.add("html_url")
        with pytest.raises(ClassifierError, match=r"acme has no 'html_url'.*proxy"):
            listed(fake)


def test_a_listing_whose_pages_add_nothing_new_ends_with_an_error() -> None:
    with github({"acme": [f"r{number}" for number in range(150)]}) as fake:
        fake.forgets_pages = True
        with pytest.raises(ClassifierError, match=r"same repositories again for page 2"):
            listed(fake)
    assert len(fake.requests) <= 4


@pytest.mark.parametrize("private", [True, False])
def test_a_token_of_somebody_who_is_no_member_is_warned_of(private: bool) -> None:
    with github({"acme": []}) as fake:
        fake.create("acme/api", private=private)
        assert doubts(listed(fake), "acme") == []
        fake.counts_private = False
        told = doubts(listed(fake), "acme")
        # A fine-grained token may see private repositories without seeing how many there are.
        assert len(told) == (not private)
        assert all("not seem to be a member" in line and "private repositories" in line for line in told)
        assert doubts(listed(fake), "acme", is_app=True) == []


def test_what_is_doubtful_about_a_listing_is_told() -> None:
    with github({"acme": ["api", "web"]}) as fake:
        first = listed(fake)
        fake.rename_owner("acme", "acme-corp")
        fake.hides.add("acme-corp/api")
        known = first._replace(listed_at=first.listed_at - FULL_EVERY_SECONDS - 1)
        renamed, hidden = doubts(listed(fake, known=known), "acme")
    assert "acme was renamed to acme-corp" in renamed
    assert "1 of the 2 repositories" in hidden
