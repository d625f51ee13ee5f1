"""What a configuration and its plan say holds after apply: their verdicts are UNKNOWN, or those of the state that Terraform writes.

Generated (refinement_cases.py): every link that readers follow, in every way that an instance can name another. Recordings of what
real Terraform made of a sample stand in refinement.json.gz; with `terraform` and the extra `bench`, `make test-all` makes another one.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudaudit import plugins
from cloudaudit.model import Outcome, Record, Related, Unknown
from cloudaudit.sources.terraform.inputs import Inputs
from cloudaudit.sources.terraform.paths import collect
from tests.laws.fixture_audits import Outcomes, outcomes
from tests.laws.refinement_cases import BY_KEY, BY_NUMBER, RECORDED, SAMPLE, found_links, recorded
from tests.laws.sampling import seed

Cases = Mapping[str, Mapping[str, Any]]
CASES: Cases = json.loads(gzip.decompress(RECORDED.read_bytes()))


JUDGED_WITH_ANOTHER = ("aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "azurerm_network_security_rule")
"""A rule whose group is not certain is judged alone; after apply, its group fails for it."""


def of_check(found: Outcomes, check: str) -> set[Outcome]:
    return {outcome for (_, name), outcome in found.items() if name == check}


def audited(path: Path, source: Path | None = None) -> Outcomes:
    (found,) = collect(path, shown=str, unit_of=lambda _: "u", inputs=Inputs(source=source), wanted=plugins.wanted)
    assert source is None or not [gap.what for gap in found.gaps]
    return outcomes(found, found.records)


def breaches(case: Mapping[str, Any], folder: Path) -> Iterator[str]:
    configuration, beside = folder / "configuration", folder / "beside"
    for file, content in case["configuration"].items():
        (configuration / file).parent.mkdir(parents=True, exist_ok=True)
        (configuration / file).write_text(json.dumps(content), encoding="utf-8")
    beside.mkdir()
    for name in ("plan", "state"):
        (beside / f"{name}.json").write_text(json.dumps(case[name]), encoding="utf-8")
    after = audited(beside / "state.json")
    said = {
        "the configuration": audited(configuration),
        "the plan": audited(beside / "plan.json"),
        "the plan with its configuration": audited(beside / "plan.json", configuration),
    }
    for who, before in said.items():
        for pair in after.keys() | before.keys():
            now, then = before.get(pair), after.get(pair)
            alone = then is None and now is Outcome.FAIL and pair[0].split(".r[")[0] in JUDGED_WITH_ANOTHER
            if Outcome.UNKNOWN not in {now, then} and now is not then and not (alone and Outcome.FAIL in of_check(after, pair[1])):
                yield f"{who} says {now} of {pair}, the state {then}"


@pytest.mark.parametrize("name", CASES)
def test_what_is_said_before_apply_holds_after_it(name: str, tmp_path: Path) -> None:
    assert list(breaches(CASES[name], tmp_path)) == []


def test_the_recordings_show_every_link_and_every_way() -> None:
    linked = {name.partition(": ")[0] for name in CASES}
    assert {link.name for link in found_links()} - linked == set()
    assert {name.partition(": ")[2] for name in CASES} == {*BY_KEY, *BY_NUMBER}


def test_the_law_catches_a_plan_that_takes_mention_for_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mutant: the instance of the own key is what a value rests on."""
    original: Callable[..., Record | None] = Related._referred

    def mentioned(self: Related, attr: Unknown[Any], types: Any = None) -> Record | None:
        found = original(self, attr, types)
        first = next((self._by_address[name] for name in attr.references if name in self._by_address), None)
        return found if found is not None or first is None or (types is not None and first.type not in types) else first

    monkeypatch.setattr(Related, "_referred", mentioned)
    assert any(list(breaches(case, tmp_path / str(number))) for number, case in enumerate(CASES.values()))


MISSING = [name for name in ("tf", "grpc", "msgpack") if importlib.util.find_spec(name) is None]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
@pytest.mark.skipif(bool(MISSING), reason=f"the offline providers need {', '.join(MISSING)}")
def test_another_sample_made_now(tmp_path: Path) -> None:
    made = list(recorded(seed(), SAMPLE))
    assert len(made) > SAMPLE // 2
    for number, (name, case) in enumerate(made):
        assert list(breaches(case, tmp_path / str(number))) == [], f"seed {seed()}: {name}"
