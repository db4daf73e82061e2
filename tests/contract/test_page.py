"""Where a long answer goes on, as its Link header says it."""

import pytest

from whence_contract.page import PageError, next_page

URL = "https://ledger.example/whence/api/v1/users?from=2026-01-01"


def test_a_relative_link_stays_at_the_same_path() -> None:
    link = '<?from=2026-01-01&skip=10>; rel="next"'
    assert next_page(URL, link) == "https://ledger.example/whence/api/v1/users?from=2026-01-01&skip=10"


@pytest.mark.parametrize("link", [None, "", '<?skip=10>; rel="prev"', "nonsense", '<?skip=1>; title="next"'])
def test_without_a_next_page_there_is_none(link: str | None) -> None:
    assert next_page(URL, link) is None


def test_of_several_links_the_next_is_taken() -> None:
    link = '<?skip=0>; rel="first", <?skip=20>; title="x"; rel=next'
    assert next_page(URL, link) == "https://ledger.example/whence/api/v1/users?skip=20"


@pytest.mark.parametrize("to", ["https://other.example/x", "//other.example/x", "http://ledger.example/x"])
def test_a_page_of_another_server_is_refused(to: str) -> None:
    with pytest.raises(PageError, match="another server"):
        next_page(URL, f'<{to}>; rel="next"')
