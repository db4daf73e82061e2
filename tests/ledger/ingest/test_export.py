"""What a server hands over for ClickHouse is what the Collector's exporter would write."""

import re
from pathlib import Path

import pytest
import yaml
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from whence_ledger.ingest.export import as_text
from whence_ledger.model import exported

CONFIGURATION = Path(__file__).parents[3] / "deploy/ledger/collector.yaml"


def test_the_attributes_that_pass_are_those_that_the_collector_lets_pass() -> None:
    transform = yaml.safe_load(CONFIGURATION.read_text())["processors"]["transform/allowed_attributes"]
    for statements, names in (
        ("metric_statements", exported.METRIC_ATTRIBUTES),
        ("log_statements", exported.LOG_ATTRIBUTES),
        ("trace_statements", exported.SPAN_ATTRIBUTES),
    ):
        resource, items = transform[statements][:2]
        assert set(re.findall(r'"([^"]+)"', resource)) == exported.RESOURCE_ATTRIBUTES
        assert set(re.findall(r'"([^"]+)"', items)) == names


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (AnyValue(string_value="a"), "a"),
        (AnyValue(int_value=-3), "-3"),
        (AnyValue(bool_value=False), "false"),
        # As Go's encoding/json has numbers: https://pkg.go.dev/encoding/json#Marshal
        (AnyValue(double_value=5.0), "5"),
        (AnyValue(double_value=0.027500000000000004), "0.027500000000000004"),
        (AnyValue(double_value=0.00005), "0.00005"),
        (AnyValue(double_value=1e-7), "1e-7"),
        (AnyValue(double_value=1e21), "1e+21"),
        (AnyValue(double_value=0.0), "0"),
        (
            AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="x"), AnyValue(string_value="y")])),
            '["x","y"]',
        ),
        (AnyValue(), ""),
    ],
)
def test_a_value_is_written_as_the_exporter_writes_it(value: AnyValue, text: str) -> None:
    assert as_text(value) == text
