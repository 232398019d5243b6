"""Methods are weighed by what they would have been worth: by evidence, by defaults, and equally, in that order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeplan.demand import contest
from placeplan.demand.contest import FEW, _default_weights, _weights
from placeplan.demand.flows import TRANSITIONS
from placeplan.demand.methods import CONTESTANTS
from placeplan.forecasting import make_forecast
from placeplan.inputs.read import find_tables, read_inputs
from placeplan.problems import InputErrors
from placeplan.project import Project, load_project
from placeplan.years import AcademicYear, Phase
from small_plans import run_plan, write_plan

GREATER_MANCHESTER = Path(__file__).parent.parent / "sample_data" / "greater_manchester"
SHAPE = (len(CONTESTANTS), len(TRANSITIONS), 3)


def errors(origins: int, **factors: float) -> np.ndarray:
    """Errors of 2% by origin, with some methods' larger or smaller by a factor and a little chance."""
    generator = np.random.default_rng(2)
    made = 0.02 * np.exp(generator.normal(0, 0.002, (origins, *SHAPE)))
    for name, factor in factors.items():
        made[:, list(CONTESTANTS).index(name)] *= factor
    return made


def test_weights_add_up() -> None:
    for origins in (0, 1, 6):
        np.testing.assert_allclose(_weights(errors(origins)).sum(axis=0), 1.0)


def test_without_evidence_every_method_counts_alike() -> None:
    np.testing.assert_allclose(_weights(errors(0)), 1.0 / len(CONTESTANTS))


def test_with_equal_errors_the_defaults_count_more_the_longer_the_history() -> None:
    made = np.full((6, *SHAPE), 0.02)
    trust = 6 / (6 + FEW)
    expected = trust * _default_weights(3) + (1 - trust) / len(CONTESTANTS)
    np.testing.assert_allclose(_weights(made), expected / expected.sum(axis=0))


def test_a_method_that_was_clearly_worse_hardly_counts_and_a_better_one_leads() -> None:
    worse = _weights(errors(6, smoothing=1.15))[list(CONTESTANTS).index("smoothing")]
    assert (worse < 0.01).all()
    better = _weights(errors(6, recent_survival=0.85))[list(CONTESTANTS).index("recent_survival")]
    assert (better > 0.8).all()


def test_what_chance_could_have_made_moves_little() -> None:
    calm = np.full((4, *SHAPE), 0.02)
    calm[:, 0] *= 1.04
    wild = calm.copy()
    wild[:, 0] *= np.exp([0.1, -0.1, 0.1, -0.1])[:, None, None]
    equal = _weights(np.full((4, *SHAPE), 0.02))[0]
    assert (_weights(calm)[0] < 0.3 * equal).all()
    assert (_weights(wild)[0] > 0.5 * equal).all()


def _made(last: int) -> dict[Phase, contest.Contest]:
    given = {"authority": {"name": "GM"}, "inputs": {"folder": "."}, "simulations": 100}
    project = Project.model_validate(given).placed(GREATER_MANCHESTER / "placeplan.yaml")
    inputs = read_inputs(*find_tables(project.inputs, GREATER_MANCHESTER))
    made = make_forecast(inputs, project, AcademicYear(last), AcademicYear(2022), schools=False)
    return {phase: stage.contest for phase, stage in made.stages.items()}


def test_an_origin_knows_nothing_of_what_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The errors of an origin are the same whether or not later years have come, as far as both can be judged."""
    monkeypatch.setattr(contest, "MOST_ORIGINS", 40)
    earlier, later = _made(2018), _made(2019)
    for phase, before in earlier.items():
        after = later[phase].error[: before.origins]
        seen = np.isfinite(before.error)
        np.testing.assert_allclose(after[: len(before.error)][seen], before.error[seen], rtol=1e-9)


SMALL = {
    "areas": "area_code,area_name,phase\nA,North,primary",
    "rolls": "academic_year,area_code,R,1\n2023/24,A,30,31\n2024/25,A,30,30\n2025/26,A,30,30",
}


def test_a_method_may_stand_at_the_top_of_the_project_file(tmp_path: Path) -> None:
    file = write_plan(tmp_path, SMALL)
    head = "authority: {name: Smallshire}\ninputs: {folder: .}\n"
    file.write_text(head + "method: smoothing\n", encoding="utf-8")
    assert load_project(file).ratios.method == "smoothing"
    file.write_text(head + "method: {intake: ets}\nratios: {years: 6}\n", encoding="utf-8")
    chosen = load_project(file).ratios
    assert (chosen.method, chosen.years) == ({"intake": "ets"}, 6)
    file.write_text(head + "method: ets\nratios: {method: ucm}\n", encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        load_project(file)
    assert "leave out one of the two" in caught.value.findings[0].message
    file.write_text(head + "method: arima\n", encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        load_project(file)
    assert (caught.value.findings[0].row, caught.value.findings[0].column) == (3, "9")
    assert "there is no method `arima`" in caught.value.findings[0].message


def test_a_run_tells_the_weights_and_their_evidence(tmp_path: Path) -> None:
    result = run_plan(tmp_path, SMALL, {"ratios": {}})
    table = result.frames["methods"]
    assert set(table["method"]) == set(CONTESTANTS)
    sums = table.groupby(["phase", "transition", "years_ahead"])["weight"].sum()
    np.testing.assert_allclose(sums, 1.0)
    assert "no earlier year could be judged" in result.choices["Weights"]
