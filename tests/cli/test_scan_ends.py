"""How a scan ends for whoever runs it: in time, by a signal, with a report or with the former one."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM, Signals, signal
from subprocess import PIPE
from time import monotonic, sleep
from typing import Any

import pytest

from tests.aws.loopback import Loopback, loopback
from tests.cli.console import SCRIPT

IDENTITY, VOLUMES, KEYS = "sts:GetCallerIdentity", "ec2:DescribeVolumes", "kms:ListKeys"
KEPT = "the former report"
_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture
def cloud() -> Iterator[Loopback]:
    with loopback() as served:
        served.says(VOLUMES, Volumes=[{"VolumeId": "vol-1", "AvailabilityZone": "eu-central-1a", "Encrypted": False}])
        yield served


@pytest.fixture
def begun(cloud: Loopback, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a scan of the account behind the server, by a shell line around it; `nohup` around the tests is not around it."""

    def start(*arguments: str, line: str = 'exec "$@"', **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
        settings = kept | _KEYS | files | {"XDG_CONFIG_HOME": str(tmp_path / "none")} | environment
        command = ["sh", "-c", line, "sh", *SCRIPT, "scan", "aws", "--endpoint-url", cloud.url, *arguments]
        return subprocess.Popen(command, cwd=tmp_path, env=settings, stdin=subprocess.DEVNULL, stdout=PIPE, stderr=PIPE, text=True)

    former = signal(SIGHUP, SIG_DFL)
    yield start
    signal(SIGHUP, former)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    with process:
        out, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    return process.returncode, out, told


def result(folder: Path) -> Any:
    assert sorted(path.name for path in folder.iterdir() if path.name.endswith(".part")) == []
    return json.loads((folder / "r.json").read_text())


def test_a_scan_ends_at_its_deadline_whatever_a_server_does(cloud: Loopback, begun: Any, tmp_path: Path) -> None:
    reached = cloud.notices(IDENTITY)
    cloud.drips(KEYS)
    process = begun("--deadline", "2.5", "-f", "json=r.json")
    assert reached.wait(30)
    began = monotonic()
    code, _, _ = ended(process)
    assert monotonic() - began < 2.5 + 5, "two seconds late at most, and what a busy machine adds"
    assert code in {1, 3}, "the disk that is not encrypted was found, unless the machine was too busy"
    assert any("the deadline of the scan had passed" in gap["what"] and KEYS in gap["what"] for gap in result(tmp_path)["gaps"])


@pytest.mark.parametrize(
    ("signals", "silent"), [([SIGTERM, SIGINT, SIGTERM], KEYS), ([SIGHUP], KEYS), ([SIGINT, SIGINT], IDENTITY)], ids=str
)
def test_a_signal_ends_a_scan_at_once_with_a_report(
    signals: list[Signals], silent: str, cloud: Loopback, begun: Any, tmp_path: Path
) -> None:
    reached = cloud.notices(silent)
    cloud.hangs(silent)
    process = begun("-f", "json=r.json")
    assert reached.wait(30)
    began = monotonic()
    for number in signals:
        process.send_signal(number)
        sleep(0.05)
    code, _, told = ended(process)
    assert (code, told) == (130, "cloudaudit: interrupted; what was read until then is reported\n")
    assert monotonic() - began < 10
    told = result(tmp_path)
    assert told["gate"]["exit_code"] == 130
    assert any("the scan was interrupted" in gap["what"] and silent in gap["what"] for gap in told["gaps"])


def test_a_later_signal_ends_a_report_that_nobody_takes(cloud: Loopback, begun: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reached = cloud.notices(KEYS)
    process = begun("-f", "json=pipe")
    assert reached.wait(30)
    while process.poll() is None:
        process.send_signal(Signals.SIGTERM)
        time.sleep(2)
    assert ended(process)[0] == 130
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_message_that_cannot_be_written_costs_no_report(cloud: Loopback, begun: Any, tmp_path: Path) -> None:
    reached = cloud.notices(KEYS)
    cloud.hangs(KEYS)
    process = begun("-f", "json=r.json", line='exec "$@" 2>/dev/full')
    assert reached.wait(30)
    process.send_signal(Signals.SIGTERM)
    assert ended(process)[0] == 130
    assert result(tmp_path)["findings"]


@pytest.mark.parametrize("after", [0.2, 0.6])
def test_a_signal_at_any_moment_leaves_a_whole_report_or_the_former(after: float, begun: Any, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(KEPT)
    process = begun("-f", "json=r.json")
    sleep(after)
    process.send_signal(SIGTERM)
    code, _, _ = ended(process)
    text = (tmp_path / "r.json").read_text()
    if text == KEPT:
        assert code in {130, -SIGTERM}, "before Python has begun, it is not ours to say"
    else:
        told = json.loads(text)["gate"]["exit_code"]
        assert told in {130, 1}, "a scan may be over by then"
        assert code in {told, -SIGTERM}, "once Python ends, with all written, it is not ours to say any more"
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_a_place_that_takes_no_report_is_told_before_the_scan(cloud: Loopback, begun: Any) -> None:
    code, out, told = ended(begun("-f", "json=/nonexistent/r.json"))
    assert (code, out) == (2, "")
    assert "/nonexistent/r.json: cannot be written: No such file or directory" in told
    assert not cloud.asked


def test_a_full_disk_keeps_the_former_report_and_the_exit_code(begun: Any, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(KEPT)
    code, out, told = ended(begun("-f", "json=r.json", "-f", "text", line='ulimit -f 4; exec "$@"'))
    assert code == 1
    assert "Exit code 1" in out
    assert told == "Error: r.json: cannot be written: File too large; the former one stands\n"
    assert (tmp_path / "r.json").read_text() == KEPT
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('exec "$@" >/dev/full', "Error: standard output cannot be written: No space left on device\n"),
        ('{ "$@"; echo $? >code; } | true', ""),
    ],
)
def test_a_standard_output_that_fails_costs_no_other_report(line: str, said: str, begun: Any, tmp_path: Path) -> None:
    code, _, told = ended(begun("-f", "text", "-f", "json=r.json", line=line))
    assert told == said
    assert (int((tmp_path / "code").read_text()) if "code" in line else code) == 1
    assert result(tmp_path)["gate"]["exit_code"] == 1


def test_a_report_is_replaced_where_its_name_leads_and_keeps_its_mode(begun: Any, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "real.json").write_text(KEPT)
    (tmp_path / "deep" / "real.json").chmod(0o640)
    (tmp_path / "r.json").symlink_to("deep/real.json")
    assert ended(begun("-f", "json=r.json", "-f", "csv=/dev/null"))[0] == 1
    assert (tmp_path / "r.json").is_symlink()
    assert result(tmp_path)["gate"]["exit_code"] == 1
    assert (tmp_path / "deep" / "real.json").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["real.json"]
    assert Path("/dev/null").is_char_device()


_MFA = """[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = x
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/audit
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
"""


def test_a_one_time_code_that_nobody_can_give_is_one_gap(begun: Any, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(_MFA)
    own = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    without_terminal = 'exec setsid "$@"'
    assert ended(begun("--profile", "mfa", "-f", "json=r.json", line=without_terminal, **own)) == (3, "", "")
    (gap,) = result(tmp_path)["gaps"]
    assert "a one-time code (MFA) is needed, and there is no terminal to ask for it" in gap["what"]
    assert gap["remedy"] == 'in a terminal: eval "$(aws configure export-credentials --profile mfa --format env)", and scan from there'


def test_the_policys_regions_are_a_decision_that_a_scan_checks(cloud: Loopback, begun: Any, tmp_path: Path) -> None:
    (tmp_path / "cloudaudit.toml").write_text('[aws]\nregions = ["eu-central-1"]\n')
    cloud.regions("eu-central-1", "us-east-1", "us-west-2", whole=True)
    by_decree = "not authorized to perform: ec2:DescribeVpcs with an explicit deny in a service control policy"
    cloud.refuses("ec2:DescribeVpcs", "UnauthorizedOperation", by_decree, region="us-west-2")
    code, out, _ = ended(begun("-f", "json=r.json", "-f", "text"))
    told = result(tmp_path)
    assert (code, told["gaps"]) == (1, [])
    assert [gap["what"] for gap in told["accepted"]] == [
        "ec2:DescribeVpcs was refused in us-west-2: denied by a service control policy (nothing is used there, by decision)"
    ]
    assert [notice["text"] for notice in told["notices"]] == [
        f"{region} is not among the policy's regions, and holds 1 resource" for region in ("us-east-1", "us-west-2")
    ]
    assert "2 words of the policy that do not hold" in out
    assert "aws_ebs_volume" in {row["type"] for row in told["coverage"] if row["region"] == "us-east-1"}
