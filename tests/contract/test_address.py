"""Addresses that only this machine can reach."""

import pytest

from whence_contract.address import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "10.0.0.1", "::", "localhost.example", "127.0.0.1.example"])  # noqa: S104
def test_anything_else_is_not(host: str) -> None:
    assert not is_loopback(host)
