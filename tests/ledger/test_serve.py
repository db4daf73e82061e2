"""``whence serve``: the real server over real HTTP."""

import base64
import gzip
import itertools
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from builders.command import WHENCE
from builders.ledger import JSON, Ledger, free_port, running_ledger
from builders.machine import Machine
from builders.telemetry import NOON, cost, logs, metrics, point, span, traces

RECORDED = Path(__file__).parents[1] / "data" / "claude-code" / "otlp"
PROTOBUF = {"Content-Type": "application/x-protobuf"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 what the tokens are for
CALENDAR = ("0001-01-01", "0001-01-01T00:00:01+14:00", "2026-11-22", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00")
API, GAME = "https://github.com/acme/api", "https://github.com/jane/game"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with running_ledger(tmp_path / "data") as running:
        yield running


def test_recorded_payloads_give_the_same_totals_in_both_encodings_however_they_are_sent(ledger: Ledger) -> None:
    for _ in range(2):
        for name in ("metrics", "logs"):
            for suffix, headers in (("json", JSON), ("pb", PROTOBUF)):
                body = (RECORDED / f"{name}.{suffix}").read_bytes()
                packed = headers | {"Content-Encoding": "gzip"}
                url = f"{ledger.url}/v1/{name}"
                pieces = (body[at : at + 1000] for at in range(0, len(body), 1000))
                answers = [
                    httpx.post(url, content=body, headers=headers),
                    httpx.post(url, content=pieces, headers=headers),
                    httpx.post(url, content=gzip.compress(body), headers=packed),
                ]
                assert [answer.status_code for answer in answers] == [200] * 3
    both = ledger.get("sessions")
    assert [(row["cost_usd"], row["tokens"]) for row in both] == [(0.3575, 107_900)] * 2
    assert ledger.get("overview")["cost_usd"] == 0.715


def test_a_report_has_every_promised_column(ledger: Ledger) -> None:
    ledger.accept("traces", traces(span(API), span(GAME)))
    ledger.accept("metrics", metrics(cost(3.0), point("token.usage", 9, type="input", model="claude-opus-4-8")))
    ledger.label(**{"github.com/acme/api": "Managed", "github.com/jane/game": "Unmanaged"})
    first, _ = ledger.get("repositories")
    assert first == {
        "repository": "acme/api",
        "url": "https://github.com/acme/api",
        "label": "Managed",
        "reason": "test",
        "evidence": None,
        "cost_usd": 1.5,
        "cost_share": 0.5,
        "tokens": 4.5,
        "sessions": 1,
        "users": 1,
        "models": 1,
        "lines_added": 0,
        "lines_removed": 0,
        "commits": 0,
        "pull_requests": 0,
        "last_seen": "2026-11-22T12:00:00Z",
    }


def test_the_api_takes_filters_from_the_address(ledger: Ledger) -> None:
    ledger.accept("metrics", metrics(cost(1.0, "s1"), cost(2.0, "s2", at=NOON - 86_400 * 10**9, user_email="b@x")))
    assert ledger.get("overview", to="2026-11-22")["cost_usd"] == 2
    assert ledger.get("overview", **{"from": "2026-11-22T00:00:00+00:00"})["cost_usd"] == 1
    assert ledger.get("overview", user=["b@x", "c@x"])["cost_usd"] == 2
    assert ledger.get("overview", label="Managed")["cost_usd"] == 0


def test_any_range_of_the_calendar_gets_figures_or_a_clear_error(ledger: Ledger) -> None:
    ledger.accept("metrics", metrics(cost(1.0)))
    statuses = {}
    for report, begin, end in itertools.product(("cost", "series/user"), CALENDAR, CALENDAR):
        asked = {"from": begin, "to": end, "offset": "840", "bucket": "month"}
        answer = httpx.get(f"{ledger.url}/api/v1/{report}", params=asked, timeout=60)
        statuses[begin, end] = answer.status_code
        assert answer.status_code == 200 or answer.json()["error"], answer.text
    assert set(statuses.values()) == {200, 422}
    assert statuses["0001-01-01", "9999-12-31T23:59:59"] == 200
    assert statuses["9999-12-31T23:59:59", "0001-01-01"] == 422
    answer = httpx.get(f"{ledger.url}/api/v1/cost", params={"from": "2026-11-23", "to": "2026-11-22"})
    assert answer.json()["error"] == "`from` (2026-11-23T00:00:00) is later than `to` (2026-11-22T00:00:00)."


def test_ten_thousand_years_by_the_hour_give_the_figures_of_an_open_range(ledger: Ledger) -> None:
    now = time.time_ns()
    moments = [now, now - 400 * 86_400 * 10**9, now + 23 * 3_600 * 10**9, 1_735_689_600 * 10**9]
    ledger.accept("metrics", metrics(*(cost(1.0, f"s{number}", at) for number, at in enumerate(moments))))
    years = {"from": "0001-01-01", "to": "9999-12-31T23:59:59"}
    rows = ledger.get("series", bucket="hour", **years)
    hours = (datetime.now(UTC) + timedelta(days=1) - datetime(2025, 1, 1, tzinfo=UTC)) // timedelta(hours=1) + 2
    assert sum(row["cost_usd"] for row in rows) == len(moments)
    assert len(rows) <= hours
    for report in ("series", "series/user", "overview", "cost", "users", "sessions"):
        assert ledger.get(report, **years) == ledger.get(report)


def test_cumulative_points_are_refused_with_the_setting_to_change(ledger: Ledger) -> None:
    bad = cost(5.0) | {"sum": cost(5.0)["sum"] | {"aggregationTemporality": 2}}
    answer = ledger.send("metrics", metrics(cost(1.0), bad))
    partial = answer.json()["partialSuccess"]
    assert answer.status_code == 200
    assert partial["rejectedDataPoints"] == "1"
    assert "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta" in partial["errorMessage"]
    assert ledger.get("overview")["cost_usd"] == 1


def test_the_answer_is_in_the_encoding_of_the_request(ledger: Ledger) -> None:
    answer = httpx.post(f"{ledger.url}/v1/metrics", content=b"", headers=PROTOBUF)
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert ExportMetricsServiceResponse.FromString(answer.content) == ExportMetricsServiceResponse()
    refused = httpx.post(f"{ledger.url}/v1/metrics", content=b"\xff", headers=PROTOBUF)
    assert refused.status_code == 400
    assert "is not an OTLP request in protobuf" in Status.FromString(refused.content).message


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not json", {}, 400),
        (b'{"resourceMetrics": 7}', {}, 400),
        (b"x", {"Content-Type": "text/plain"}, 415),
        (b"x", {"Content-Encoding": "br"}, 415),
        (b"x", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"{}")[:-4], {"Content-Encoding": "gzip"}, 400),
        (b" " * (16 * 1024 * 1024 + 1), {}, 413),
        (lambda: gzip.compress(b" " * 200_000_000), {"Content-Encoding": "gzip"}, 413),
    ],
    ids=["text", "shape", "type", "encoding", "no-gzip", "half-gzip", "large", "bomb"],
)
def test_a_bad_request_gets_a_clear_error_and_the_server_goes_on(
    ledger: Ledger, body: bytes | Callable[[], bytes], headers: dict[str, str], status: int
) -> None:
    answer = ledger.send("metrics", body() if callable(body) else body, **headers)
    assert answer.status_code == status
    message = answer.json()["message"] if answer.headers["content-type"] == "application/json" else answer.text
    assert len(message) > 20
    ledger.accept("metrics", metrics(cost(1.0)))
    assert ledger.get("overview")["cost_usd"] == 1


def test_a_request_cut_off_halfway_leaves_nothing(ledger: Ledger) -> None:
    def half() -> Iterator[bytes]:
        yield metrics(cost(1.0))[:100]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        httpx.post(f"{ledger.url}/v1/metrics", content=half(), headers=JSON)
    assert ledger.get("overview")["cost_usd"] == 0


@pytest.mark.slow
def test_many_at_once_are_all_kept(ledger: Ledger) -> None:
    bodies = [metrics(cost(1.0, at=NOON + number)) for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        assert {answer.status_code for answer in pool.map(lambda body: ledger.send("metrics", body), bodies)} == {200}
    assert ledger.get("overview")["cost_usd"] == 200


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    for number in range(3):
        with running_ledger(tmp_path / "data") as ledger:
            ledger.accept("metrics", metrics(cost(1.0, at=NOON + number)))
            ledger.accept("traces", traces(span(API)))
            ledger.accept("logs", logs("api_request", event_sequence=number))
            ledger.kill()
    with running_ledger(tmp_path / "data") as ledger:
        assert ledger.costs() == {"acme/api": 3}


def test_content_is_nowhere_in_the_ledger(tmp_path: Path) -> None:
    secret = "xyzzyplugh"
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("logs", logs("user_prompt", prompt=secret), logs("tool_result", tool_input=secret, bash=secret))
        ledger.accept("metrics", metrics(cost(1.0, session="kept-as-text")))
    stored = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
    assert b"kept-as-text" in stored
    assert secret.encode() not in stored


def test_the_ledgers_files_are_for_their_owner_only(tmp_path: Path) -> None:
    with running_ledger(tmp_path / "data") as ledger:
        ledger.accept("metrics", metrics(cost(1.0)))
        assert {stat.S_IMODE(file.stat().st_mode) for file in ledger.data.iterdir()} == {0o600}
        assert stat.S_IMODE(ledger.data.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/api/v1/overview?from=yesterday", "write 2026-01-31"),
        ("/api/v1/nothing", "Not Found"),
    ],
)
def test_an_error_of_the_api_is_json_with_a_message(ledger: Ledger, path: str, message: str) -> None:
    answer = httpx.get(ledger.url + path)
    assert answer.status_code in {404, 422}
    assert message in answer.json()["error"]


def test_labels_of_the_wrong_shape_change_nothing(ledger: Ledger) -> None:
    ledger.accept("traces", traces(span(API)))
    ledger.accept("metrics", metrics(cost(1.0)))
    bad = {"organizations": [], "labels": [{"repository": "github.com/acme/api", "label": "Mine", "reason": "x"}]}
    answer = httpx.put(f"{ledger.url}/api/v1/labels", json=bad)
    assert answer.status_code == 422
    assert "label" in answer.json()["error"]
    assert ledger.get("repositories")[0]["label"] is None


def test_without_tokens_another_sites_name_for_this_address_is_refused(ledger: Ledger) -> None:
    for path in ("/", "/api/v1/overview"):
        assert httpx.get(ledger.url + path, headers={"Host": "evil.example"}).status_code == 400


def test_it_refuses_to_listen_beyond_loopback_without_all_tokens(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for tokens in ({}, {"WHENCE_INGEST_TOKEN": "i", "WHENCE_READ_TOKEN": "r"}):
        done = machine.whence("serve", "--host", EVERYWHERE, "--data", str(tmp_path / "data"), **tokens)
        assert done.returncode == 1
        assert "WHENCE_ADMIN_TOKEN" in done.stderr
    assert not (tmp_path / "data").exists()


def test_each_token_opens_its_own_door(tmp_path: Path) -> None:
    tokens = {"WHENCE_INGEST_TOKEN": "iii", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "aaa"}
    with running_ledger(tmp_path / "data", "--host", EVERYWHERE, **tokens) as ledger:

        def statuses(token: str | None) -> list[int]:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            body: dict[str, list[str]] = {"organizations": [], "labels": []}
            return [
                httpx.post(f"{ledger.url}/v1/metrics", content=b"{}", headers=JSON | headers).status_code,
                httpx.get(f"{ledger.url}/api/v1/overview", headers=headers).status_code,
                httpx.get(ledger.url, headers=headers).status_code,
                httpx.put(f"{ledger.url}/api/v1/labels", json=body, headers=headers).status_code,
            ]

        assert statuses(None) == statuses("wrong") == statuses("%C3%A9") == [401, 401, 303, 401]
        assert statuses("iii") == [200, 401, 303, 401]
        assert statuses("rrr") == [401, 200, 200, 401]
        assert statuses("aaa") == [401, 200, 200, 200]
        basic = base64.b64encode(b"anyone:rrr").decode()
        assert httpx.get(ledger.url, headers={"Authorization": f"Basic {basic}"}).status_code == 200


def test_a_second_server_on_the_same_ledger_is_told_so(ledger: Ledger, tmp_path: Path) -> None:
    done = Machine(tmp_path).whence("serve", "--port", str(free_port()), "--data", str(ledger.data))
    assert done.returncode == 1
    assert "Is another 'whence serve' using it?" in done.stderr


def test_a_taken_port_is_told_so(ledger: Ledger, tmp_path: Path) -> None:
    port = ledger.url.rsplit(":", 1)[1]
    done = Machine(tmp_path).whence("serve", "--port", port, "--data", str(tmp_path / "other"))
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr


def test_an_interrupt_ends_it_without_a_traceback(tmp_path: Path) -> None:
    command = [*WHENCE, "serve", "--port", str(free_port()), "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        command, env=Machine(tmp_path).environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert b"whence is at" in process.stdout.readline()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, b"")


def test_the_api_describes_itself(ledger: Ledger) -> None:
    assert "/api/v1/repositories" in httpx.get(f"{ledger.url}/api/v1/openapi.json").json()["paths"]


def test_a_backup_is_taken_and_restored_while_the_ledger_serves(ledger: Ledger, tmp_path: Path) -> None:
    machine, file = Machine(tmp_path), tmp_path / "whence.backup"
    ledger.accept("traces", traces(span(API)))
    ledger.accept("metrics", metrics(cost(1.0)))
    done = machine.whence("ledger", "backup", str(file), WHENCE_LEDGER=ledger.url)
    assert (done.returncode, stat.S_IMODE(file.stat().st_mode)) == (0, 0o600), done.stderr
    ledger.accept("metrics", metrics(cost(2.0, "s2")))
    with running_ledger(tmp_path / "other") as other:
        done = machine.whence("ledger", "restore", str(file), "--yes", "--ledger", other.url)
        assert (done.returncode, "1 sessions" in done.stdout) == (0, True), done.stderr
        assert other.costs() == {"acme/api": 1}
        other.accept("metrics", metrics(cost(1.0), cost(4.0, "s3")))
        assert other.get("overview")["cost_usd"] == 5
    assert ledger.get("overview")["cost_usd"] == 3
    assert [file.name for file in ledger.data.iterdir() if "copy" in file.name] == []
    (tmp_path / "text").write_text("no backup")
    for name, reason in (("text", "not a backup of a ledger"), ("missing", "Cannot read")):
        done = machine.whence("ledger", "restore", str(tmp_path / name), "--ledger", ledger.url)
        assert (done.returncode, done.stdout, reason in done.stderr) == (1, "", True)
    done = machine.whence("ledger", "restore", str(file), "--ledger", ledger.url)
    assert (done.returncode, "Continue?" in done.stdout) == (1, True)
    assert ledger.get("overview")["cost_usd"] == 3


def test_tokens_that_are_made_open_the_doors_and_only_their_hashes_are_kept(tmp_path: Path) -> None:
    machine, data = Machine(tmp_path), tmp_path / "data"
    made = {
        role: machine.whence("ledger", "token", role, "--data", str(data)).stdout.strip()
        for role in ("ingest", "read", "admin")
    }
    stored = data / "tokens.json"
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert all(len(token) > 40 and token not in stored.read_text() for token in made.values())
    with running_ledger(data, "--host", EVERYWHERE) as ledger:
        url = f"{ledger.url}/api/v1/overview"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"Authorization": f"Bearer {made['read']}"}).status_code == 200
        refused = machine.whence("ledger", "backup", str(tmp_path / "b"), "--ledger", ledger.url)
        assert (refused.returncode, "WHENCE_ADMIN_TOKEN" in refused.stderr) == (1, True)
        file = str(tmp_path / "b")
        done = machine.whence("ledger", "backup", file, "--ledger", ledger.url, WHENCE_ADMIN_TOKEN=made["admin"])
        assert done.returncode == 0
        again = machine.whence("ledger", "token", "read", "--data", str(data)).stdout.strip()
    with running_ledger(data) as ledger:
        url = f"{ledger.url}/api/v1/overview"
        statuses = [
            httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code for token in (made["read"], again)
        ]
        assert statuses == [401, 200]


def test_a_file_of_tokens_that_is_damaged_is_explained(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for content in ("{", "[1]", '{"read": 7}'):
        (data / "tokens.json").write_text(content)
        done = Machine(tmp_path).whence("serve", "--data", str(data))
        assert (done.returncode, "create the tokens again" in done.stderr) == (1, True)


def test_a_folder_that_cannot_be_written_is_explained_before_anything_is_served(tmp_path: Path) -> None:
    machine, port = Machine(tmp_path), str(free_port())
    for given in ({}, {"WHENCE_STORE": "clickhouse://127.0.0.1:9"}):
        done = machine.whence("serve", "--port", port, "--data", "/proc/whence", **given)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
        assert "Error: /proc/whence cannot be written: No such file or directory." in done.stderr
    done = machine.whence("ledger", "token", "read", "--data", "/proc/whence")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "Error: Cannot write /proc/whence/tokens.json: No such file or directory." in done.stderr


def test_tokens_of_the_environment_may_end_with_a_newline_and_a_shared_one_is_warned_of(tmp_path: Path) -> None:
    tokens = {"WHENCE_INGEST_TOKEN": "iii\n", "WHENCE_READ_TOKEN": "rrr", "WHENCE_ADMIN_TOKEN": "iii"}
    command = [*WHENCE, "serve", "--port", str(free_port()), "--data", str(tmp_path / "data")]
    environment = Machine(tmp_path).environment | tokens
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"whence is at" in process.stdout.readline()
        process.terminate()
        _, told = process.communicate(timeout=120)
    assert b"The ingest token is the admin token too" in told


def test_what_is_older_than_is_kept_is_not_taken(tmp_path: Path) -> None:
    now = int(time.time()) * 10**9
    with running_ledger(tmp_path / "data", "--keep", "30d") as ledger:
        old = ledger.send("metrics", metrics(cost(1.0, at=now - 40 * 86_400 * 10**9), cost(2.0, at=now)))
        assert old.json()["partialSuccess"]["rejectedDataPoints"] == "1"
        assert ledger.get("overview")["cost_usd"] == 2
    done = Machine(tmp_path).whence("serve", "--keep", "soon", "--data", str(tmp_path / "data"))
    assert (done.returncode, "write 30m, 12h, 7d or 4w" in done.stderr) == (2, True)


def test_working_hours_that_cannot_be_are_explained(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    for option, value, words in (
        ("--working-hours", "18-8", "18-8 is not a range of hours. Write it like 8-18"),
        ("--working-hours", "8-25", "8-25 is not a range of hours"),
        ("--working-hours", "8", "8 is not a range of hours"),
        ("--working-days", "1-5", "1-5 is not a range of days. Write it like Mon-Fri or Sun-Thu."),
    ):
        answer = machine.whence("serve", "--data", str(tmp_path / "data"), option, value)
        assert answer.returncode == 2
        assert words in " ".join(answer.stderr.split())
    answer = machine.whence("serve", "--data", str(tmp_path / "data"), WHENCE_WORKING_HOURS="evening")
    assert (answer.returncode, "evening is not a range of hours" in " ".join(answer.stderr.split())) == (2, True)
    assert not (tmp_path / "data").exists()
