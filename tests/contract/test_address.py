"""Addresses that only this machine can reach."""

import pytest

from whence_contract.address import PlainHTTPError, allows_plain_http, authorization, goes_direct, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "10.0.0.1", "::", "localhost.example", "127.0.0.1.example"])  # noqa: S104
def test_anything_else_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4318", "http://[::1]:1/x", "https://LocalHost", "http://127.1.2.3"])
def test_a_request_to_this_machine_goes_direct(url: str) -> None:
    assert goes_direct(url)


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "https://ledger.example", "http://localhost@evil.example", "http://["]
)
def test_a_request_elsewhere_may_take_the_proxy(url: str) -> None:
    assert not goes_direct(url)


@pytest.mark.parametrize("url", ["http://ledger.example", "HTTP://10.0.0.1", "http://localhost@evil.example", "ledger"])
def test_no_token_goes_over_plain_http_unless_that_is_allowed(url: str) -> None:
    with pytest.raises(PlainHTTPError, match="WHENCE_PLAIN_HTTP=1"):
        authorization(url, "secret", plain_http=False)
    assert authorization(url, "secret", plain_http=True) == {"Authorization": "Bearer secret"}
    assert authorization(url, None, plain_http=False) == {}


@pytest.mark.parametrize("url", ["https://ledger.example", "http://127.0.0.1:4318", "http://[::1]"])
def test_a_token_goes_over_https_and_to_this_machine(url: str) -> None:
    assert authorization(url, "secret", plain_http=False) == {"Authorization": "Bearer secret"}


def test_the_environment_allows_it_only_with_a_one() -> None:
    assert [allows_plain_http({"WHENCE_PLAIN_HTTP": value}) for value in ("1", "0", "")] == [True, False, False]
