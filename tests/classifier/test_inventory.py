"""Listing an organization: all of it, or an error."""

import pytest

from fakes.github import TOKEN, github
from whence_classifier.inventory import InventoryError, api_url, list_organization


def test_all_pages_are_listed() -> None:
    names = [f"r{number}" for number in range(251)]
    with github({"acme": names}) as fake:
        inventory = list_organization("acme", fake.url, TOKEN)
    assert inventory.keys == {f"github.com/acme/{name}" for name in names}
    assert inventory.host == "github.com"
    assert len(fake.requests) <= 4


def test_names_are_compared_as_github_compares_them() -> None:
    with github({"Acme": ["API"]}, web="https://git.acme.example") as fake:
        assert list_organization("Acme", fake.url, TOKEN).keys == {"git.acme.example/acme/api"}


def test_an_organization_may_be_empty() -> None:
    with github({"acme": []}) as fake:
        assert list_organization("acme", fake.url, TOKEN).keys == frozenset()


@pytest.mark.parametrize(("status", "message"), [(500, "answered 500"), (403, "refused to list"), (404, "knows no")])
def test_half_a_listing_is_an_error(status: int, message: str) -> None:
    with github({"acme": [f"r{number}" for number in range(300)]}) as fake:
        fake.failures[2] = status
        with pytest.raises(InventoryError, match=message):
            list_organization("acme", fake.url, TOKEN)


def test_a_refused_token_an_unknown_organization_and_no_github_are_named() -> None:
    with github({"acme": []}) as fake:
        with pytest.raises(InventoryError, match="refused the token"):
            list_organization("acme", fake.url, "wrong")
        with pytest.raises(InventoryError, match="knows no organization other"):
            list_organization("other", fake.url, TOKEN)
        with pytest.raises(InventoryError, match="cannot be the name"):
            list_organization("../acme", fake.url, TOKEN)
    with pytest.raises(InventoryError, match="cannot be reached"):
        list_organization("acme", "http://127.0.0.1:9", TOKEN)


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
    ],
)
def test_each_kind_of_github_has_its_api(url: str, api: str) -> None:
    assert api_url(url) == api


def test_what_is_no_address_is_refused() -> None:
    for url in ("", "ftp://github.com", "https://"):
        with pytest.raises(InventoryError):
            api_url(url)
