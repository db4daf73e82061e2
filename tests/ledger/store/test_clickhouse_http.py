"""ClickHouse's fake takes what the client sends."""

from urllib.parse import urlsplit

import clickhouse_connect
import pytest

from builders.history import clickhouse_engine
from fakes.clickhouse_http import clickhouse_over_http

pytestmark = pytest.mark.slow


def test_every_block_of_a_long_insert_and_every_parameter_of_a_long_query_arrive() -> None:
    # The client sends 16,384 rows as a block, and parameters of more than 4,096 bytes as a form.
    names = [f"name-{number}" for number in range(40_000)]
    with clickhouse_engine(exporter=False), clickhouse_over_http() as url:
        client = clickhouse_connect.get_client(host="127.0.0.1", port=urlsplit(url).port or 0)
        client.command("CREATE TABLE long (name String) ENGINE = Memory")
        client.insert("long", [(name,) for name in names], column_names=("name",))
        asked = "SELECT count(), countIf(name IN {some:Array(String)}) FROM long"
        assert client.query(asked, parameters={"some": names[:1_000]}).result_rows == [(40_000, 1_000)]
        client.close()
