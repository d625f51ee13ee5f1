"""The live scan and the demo as a user runs them, against an emulator on this machine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGINT
from subprocess import PIPE
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from cloudaudit_aws.demo import serving
from tests.cli.console import SCRIPT, outcomes, run

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with serving() as url:
        yield url


def test_a_scan_finds_what_is_wrong_and_says_how_it_knows(endpoint: str, tmp_path: Path) -> None:
    done = run("scan", "aws", "--endpoint-url", endpoint, "-f", "json", cwd=tmp_path, **CREDENTIALS)
    assert (done.returncode, done.stderr) == (1, "")
    result = json.loads(done.stdout)
    found = outcomes(result)
    assert found["arn:aws:s3:::acme-logs-overseas", "data-in-allowed-jurisdiction"] == "fail"
    assert found["arn:aws:s3:::acme-web-assets", "transport-encrypted"] == "fail"
    assert "pass" in found.values()
    calls = {item["call"] for finding in result["findings"] for item in finding["evidence"]}
    assert {"s3:GetBucketPolicy", "rds:DescribeDBInstances", "ec2:DescribeSecurityGroups"} <= calls
    assert {row["status"] for row in result["coverage"]} == {"complete"}
    assert result["run"]["calls"] > 100


def test_a_scan_of_some_regions_is_not_complete_and_names_the_others(endpoint: str, tmp_path: Path) -> None:
    arguments = ["scan", "aws", "--endpoint-url", endpoint, "--region", "eu-central-1", "-f", "json"]
    result = json.loads(run(*arguments, cwd=tmp_path, **CREDENTIALS).stdout)
    assert outcomes(result)["arn:aws:s3:::acme-logs-overseas", "data-in-allowed-jurisdiction"] == "fail"
    assert any("not looked at" in gap["what"] and "us-east-1" in gap["what"] for gap in result["gaps"])
    assert any("gap" in reason for reason in result["gate"]["reasons"])
    wrong = run("scan", "aws", "--endpoint-url", endpoint, "--region", "eu-mars-1", cwd=tmp_path, **CREDENTIALS)
    assert wrong.returncode == 2
    assert "eu-mars-1" in wrong.stderr


def test_an_endpoint_that_does_not_answer_is_no_clean_account(tmp_path: Path) -> None:
    arguments = ["scan", "aws", "--endpoint-url", "http://audit:hunter2@127.0.0.1:9", "--deadline", "2", "-f", "json"]
    done = run(*arguments, cwd=tmp_path, **CREDENTIALS)
    assert done.returncode == 3
    assert ("hunter2" in done.stdout + done.stderr, "http://***@127.0.0.1:9" in done.stdout) == (False, True)
    result = json.loads(done.stdout)
    assert {finding["outcome"] for finding in result["findings"]} == {"unknown"}
    assert any("sts:GetCallerIdentity" in gap["what"] for gap in result["gaps"])


class Silent(BaseHTTPRequestHandler):
    """Says whose account it is and which regions there are, and answers nothing else."""

    asked = Event()

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        body = next((answer for action, answer in ANSWERS.items() if action in form), "")
        if not body:
            self.do_GET()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self) -> None:
        self.asked.set()
        Event().wait(60)

    def log_message(self, *_: object) -> None:
        pass


ANSWERS = {
    "GetCallerIdentity": "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn>"
    "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
    "DescribeRegions": "<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName>"
    "<optInStatus>opt-in-not-required</optInStatus></item></regionInfo></DescribeRegionsResponse>",
}


@pytest.mark.parametrize("signals", [1, 2])
def test_ctrl_c_ends_a_scan_at_once_though_a_server_is_silent(signals: int, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    Thread(target=server.serve_forever, daemon=True).start()
    Silent.asked.clear()
    arguments = ["scan", "aws", "--endpoint-url", f"http://127.0.0.1:{server.server_port}", "-f", "json"]
    settings = os.environ | CREDENTIALS | {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
    with subprocess.Popen([*SCRIPT, *arguments], cwd=tmp_path, env=settings, stdout=PIPE, stderr=PIPE, text=True) as process:
        assert Silent.asked.wait(60)
        begin = monotonic()
        for _ in range(signals):
            process.send_signal(SIGINT)
            sleep(0.05)
        out, told = process.communicate(timeout=60)
    server.shutdown()
    assert process.returncode == 130
    assert monotonic() - begin < 15
    assert "Traceback" not in told
    if signals == 1:
        assert any(gap["what"] == "the scan was interrupted" for gap in json.loads(out)["gaps"])


def test_the_demo_needs_neither_credentials_nor_network(tmp_path: Path) -> None:
    done = run("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("aws:123456789012", "main.tf:", "FAIL", "UNKNOWN", "Exit code 1"):
        assert part in done.stdout
