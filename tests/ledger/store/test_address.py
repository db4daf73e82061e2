"""The address of a ClickHouse, and texts that are none."""

import os
from pathlib import Path

import pytest

from builders import command
from whence_ledger.store.address import Address, AddressError, parse_address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("clickhouse://db", Address("db", 8123, "default", "", "default", False)),
        ("clickhouses://u:p@db.example.com/w\n", Address("db.example.com", 8443, "u", "p", "w", True)),
        ("clickhouse://u:a@b%2F%3F%23%5B%25@[::1]:9000/w/", Address("::1", 9000, "u", "a@b/?#[%", "w", False)),
    ],
)
def test_its_parts_are_decoded_and_have_the_usual_ports(url: str, expected: Address) -> None:
    address = parse_address(url)
    assert address == expected
    assert address.place.rpartition(":")[2] == str(expected.port)


@pytest.mark.parametrize(
    "url",
    [
        "clickhose://u:s3cret@db/w",
        "https://u:s3cret@db/w",
        "u:s3cret@db",
        "clickhouse://",
        *(f"clickhouse://u:s3{mark}cret@db:8123/w" for mark in "/?#[]"),
        "clickhouse://u:s3cret@db:99999/w",
        "clickhouse://u:s3cret@db:http/w",
        "clickhouse://u:s3cret@db:0/w",
        "clickhouse://u:s3cret@db/w/x",
        "clickhouse://u:s3cret@db/w?secure=true",
    ],
)
def test_another_text_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(AddressError, match=r"write clickhouse://user:password@host:port/database") as refused:
        parse_address(url)
    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("arguments", [("serve",), ("ledger", "copy", "x.duckdb")])
def test_commands_take_it_from_the_environment_and_show_no_part_of_a_wrong_one(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "WHENCE_STORE": "clickhouse://u:s3/cret@db:8123/w"}
    ended = command.run(arguments, environment, timeout=120)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert (
        "Invalid value for --store or WHENCE_STORE: write clickhouse://user:password@host:port/database" in ended.stderr
    )
    assert "s3" not in ended.stderr
