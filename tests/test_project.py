"""The project file: defaults, faults with their places, and nothing but findings for bad files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from placeplan.problems import InputErrors, UsageError
from placeplan.project import Project, find_project, load_project, project_schema
from placeplan.scenario import scenario_schema
from placeplan.years import AcademicYear, Phase

SMALLEST = 'authority: {name: Exampleshire, la_code: "999"}\ninputs: {folder: .}\n'


def project_of(tmp_path: Path, text: str) -> Project:
    file = tmp_path / "placeplan.yaml"
    file.write_text(text, encoding="utf-8")
    return load_project(file)


def faults_of(tmp_path: Path, content: str | bytes) -> list[tuple[str, int, str]]:
    """Return rule, line and message of every finding."""
    file = tmp_path / "placeplan.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputErrors) as caught:
        load_project(file)
    return [(finding.rule, finding.row, finding.message) for finding in caught.value.findings]


def test_the_smallest_project_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    project = project_of(tmp_path, SMALLEST)
    assert project.authority.name == "Exampleshire"
    assert project.authority.la_code == "999"
    assert project.inputs == {"folder": "."}
    assert project.base_year is None
    assert [project.horizon[phase] for phase in Phase] == [5, 7, 7]
    assert (project.simulations, project.places.measure) == (1000, "capacity")
    assert project.places.fallback == ("usable", "pan")
    status = project.status
    assert (status.tight, status.sufficient, status.surplus, status.high_surplus) == (0, 2, 10, 25)
    chance = project.delivery_probability
    assert (chance.certain, chance.firm, chance.proposed, chance.option) == (1, 0.95, 0.5, 0)
    assert project.text == SMALLEST
    assert project.path == tmp_path / "placeplan.yaml"


def test_codes_and_years_keep_their_spelling(tmp_path: Path) -> None:
    project = project_of(
        tmp_path,
        "authority: {name: no, la_code: 012}\n"
        "inputs: {rolls: 12:30, areas: 3404}\n"
        "base_year: 2022/23\nratios: {leave_out: [2019/20, 202021]}\n",
    )
    assert project.authority.name == "no"
    assert project.authority.la_code == "012"
    assert project.inputs == {"rolls": "12:30", "areas": "3404"}
    assert project.base_year == AcademicYear(2022)
    assert project.ratios.leave_out is not None
    assert [named.year for named in project.ratios.leave_out] == [AcademicYear(2019), AcademicYear(2020)]


def test_numbers_are_plain_numbers_and_empty_values_are_defaults(tmp_path: Path) -> None:
    project = project_of(
        tmp_path, SMALLEST + "seed: 7\nsimulations:\nhorizon: 10\nratios: {weights: [3, 2.5, 1]}\n"
    )
    assert type(project.seed) is int
    assert project.simulations == 1000
    assert project.horizon[Phase.SIXTH_FORM] == 10
    assert project.ratios.years == 3
    assert json.loads(project.model_dump_json())["ratios"]["weights"] == [3, 2.5, 1]


def test_every_fault_is_listed_at_once_with_its_line(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        "authority:\n  nme: Exampleshire\n"
        "inputs: {folder: ., rols: rolls.csv}\n"
        "horizon: {primary: 40}\n"
        "seed: 1\nseed: 2\n"
        "simulations: true\n"
        "base_year: 2022/24\n"
        "status: {tight: 5, sufficient: 2}\n",
    )
    assert [(rule, line) for rule, line, _ in faults] == [
        ("yaml-key-missing", 2),
        ("yaml-key-unknown", 2),
        ("yaml-key-unknown", 3),
        ("yaml-value", 4),
        ("yaml-key-twice", 6),
        ("yaml-value", 7),
        ("yaml-value", 8),
        ("yaml-value", 9),
    ]
    said = " ".join(message for _, _, message in faults)
    assert "placeplan.yaml:2:3: `authority.nme` is no known key; did you mean `name`?" in said
    assert "did you mean `rolls`?" in said
    assert "placeplan.yaml:4:20: `horizon.primary` is 40" in said
    assert "2022/24" in said


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\xef\xbb\xbf", 1),
        (b"- a\n- b\n", 1),
        (b"just text", 1),
        (b"authority:\n\tname: X\n", 2),
        (b"authority: {name: X\n", 2),
        (b"authority: {name: \xe9}\n", 1),
        (b"\xff\xfea\x00b\x00", 1),
        (b"\x00\x01\x02", 1),
        (b"%PDF-1.7\n%\xb5\xed\n", 2),
        (b"a: &x [*x]\n", 1),
        (b"a: *nowhere\n", 1),
        (b'a: "\\U99999999"\n', 1),
        (b"a: 1\n---\nb: 2\n", 2),
        (b"? [a]\n: 1\n", 1),
        (b"authority: !!python/object:os.system {name: X}\n", 1),
        (b"[" * 5000, 1),
        (b"[" * 600_000, 1),
        (b"a: " + b"9" * 5000, 1),
    ],
)
def test_no_file_ends_in_anything_but_findings(tmp_path: Path, content: bytes, line: int) -> None:
    faults = faults_of(tmp_path, content)
    assert faults
    assert any(found == line for _, found, _ in faults)


def test_a_tab_is_called_a_tab(tmp_path: Path) -> None:
    assert "indent with spaces" in faults_of(tmp_path, "authority:\n\tname: X\n")[0][2]


def test_a_value_of_the_wrong_kind_is_refused_with_what_was_found(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, SMALLEST + 'simulations: "many"\nplaces: pan\nbirths: {damping: 1.5}\n')
    said = [message for _, _, message in faults]
    assert any("`simulations` is the text `many`" in message for message in said)
    assert any("`births.damping` is 1.5" in message for message in said)
    assert len(said) == 3


def test_planning_areas_of_high_needs_are_those_of_the_return_each_with_its_own_code(tmp_path: Path) -> None:
    unknown = faults_of(tmp_path, SMALLEST + "send: {planning_areas: {'1803005': '9993005'}}\n")
    assert "1803004" in unknown[0][2]
    twice = faults_of(tmp_path, SMALLEST + "send: {planning_areas: {'1803001': '1', '1803002': '1'}}\n")
    assert "same code" in twice[0][2]


def test_weights_need_one_number_for_each_year(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, SMALLEST + "ratios: {years: 4, weights: [1, 2]}\n")
    assert "2 numbers for 4 years" in faults[0][2]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.binary(), st.text(alphabet="authoriy:{}[]-&*!?|>'\"%#\n\t ,0129./~")))
@example("authority: {name: X}\ninputs: {folder: .}\nseed: 00\n")
def test_random_text_is_a_project_or_findings(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "random.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(load_project(file), Project)
    except InputErrors as errors:
        unexplained = [finding for finding in errors.findings if not (finding.message and finding.remedy)]
    else:
        unexplained = []
    assert unexplained == []


def test_the_project_is_found_here_or_above(tmp_path: Path) -> None:
    (tmp_path / "placeplan.yaml").write_text(SMALLEST, encoding="utf-8")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == (tmp_path / "placeplan.yaml").resolve()
    assert load_project(tmp_path).authority.name == "Exampleshire"


def test_a_missing_project_says_how_to_begin_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="placeplan init"):
        find_project(tmp_path)
    with pytest.raises(UsageError, match="placeplan init"):
        load_project(tmp_path / "other.yaml")


def test_the_command_line_overrides_and_is_checked_too(tmp_path: Path) -> None:
    project = project_of(tmp_path, SMALLEST)
    changed = project.with_changes(base_year=AcademicYear(2020), horizon=3, simulations=200, seed=5)
    assert [changed.horizon[phase] for phase in Phase] == [3, 3, 3]
    assert (changed.base_year, changed.simulations, changed.seed) == (AcademicYear(2020), 200, 5)
    assert changed.path == project.path
    assert project.with_changes() == project
    with pytest.raises(UsageError, match="--horizon"):
        project.with_changes(horizon=16)
    with pytest.raises(UsageError, match="--simulations 5"):
        project.with_changes(simulations=5)


def test_the_schema_knows_every_choice_and_table() -> None:
    schema = project_schema()
    assert set(schema["properties"]) == set(Project.model_fields)
    assert "rolls" in schema["properties"]["inputs"]["properties"]
    assert schema["required"] == ["authority", "inputs"]
    json.dumps(schema)


def test_the_schemas_say_what_each_choice_means() -> None:
    parts = project_schema()["$defs"]
    assert parts["Theme"]["properties"]["colour"]["description"].startswith("Colour of headings and links")
    changes = scenario_schema()["$defs"]["RatioChange"]["properties"]
    assert changes["from"]["description"] == "First academic year; empty means the first year ahead."
