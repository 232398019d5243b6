"""The command line as people and cron jobs meet it: exit statuses, folders, streams, help."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from placeplan.cli import main
from placeplan.outputs.store import CSV_FILES
from small_plans import write_plan

PLAN = {
    "areas": "area_code,area_name,phase\nA,North,primary",
    "schools": "urn,school_name,type,low_year,high_year,primary_area\n100001,Hill School,community,R,1,A",
    "rolls": """academic_year,urn,R,1
        2022/23,100001,30,30
        2023/24,100001,30,30
        2024/25,100001,30,30
        2025/26,100001,30,30""",
    "births": """birth_year,births
        2017/18,40
        2018/19,40
        2019/20,40
        2020/21,40
        2021/22,40
        2022/23,40""",
    "capacity": "urn,academic_year,capacity,source,verified_on\n100001,2025/26,60,net capacity assessment,2025-05-01",
}
COMMANDS = sorted(main.commands)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    folder.mkdir()
    return write_plan(folder, PLAN).parent


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def csv_run(plan: Path, out: Path, *more: object) -> Result:
    return run("forecast", plan, "--out", out, "--outputs", "csv", *more)


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_forecast_ends_with_0_and_leaves_everything(plan: Path, tmp_path: Path) -> None:
    found = run("forecast", plan, "--out", tmp_path / "out")
    assert found.exit_code == 0, found.output
    people = {"workbook.xlsx", "report.md", "report.html", "charts", "run.json"}
    assert left_in(tmp_path / "out") == people | {f"{name}.csv" for name in CSV_FILES}
    assert found.stdout.strip() == str(tmp_path / "out")
    assert left_in(tmp_path) == {"plan", "out"}


def test_without_out_the_folder_stands_beside_the_project_file(plan: Path) -> None:
    assert run("forecast", plan / "placeplan.yaml", "--outputs", "csv").exit_code == 0
    assert (plan / "placeplan-forecast" / "forecast.csv").is_file()


def test_the_project_is_found_in_this_folder_and_above(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = plan / "deep" / "deeper"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert run("check").exit_code == 0
    assert run("forecast", "--outputs", "csv").exit_code == 0
    assert (plan / "placeplan-forecast" / "run.json").is_file()


def test_paths_may_be_relative(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plan.parent)
    for project in ("plan", "plan/placeplan.yaml", "./plan/"):
        assert csv_run(Path(project), Path("out")).exit_code == 0
    assert (plan.parent / "out" / "forecast.csv").is_file()


def test_no_project_anywhere_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("forecast")
    assert found.exit_code == 2
    assert "placeplan init" in found.stderr
    assert run("check", tmp_path / "nowhere").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--outputs", "csv,pdf"],
        ["--outputs", ""],
        ["--base-year", "soon"],
        ["--base-year", "2025/27"],
        ["--horizon", "0"],
        ["--horizon", "16"],
        ["--horizon", "five"],
        ["--simulations", "10"],
        ["--seed", "-1"],
        ["--nonsense"],
    ],
)
def test_wrong_options_end_with_2_and_leave_nothing(plan: Path, arguments: list[str]) -> None:
    found = run("forecast", plan, "--out", plan.parent / "out", *arguments)
    assert found.exit_code == 2, found.output
    assert "Traceback" not in found.output
    assert left_in(plan.parent) == {"plan"}


def test_an_earlier_base_year_and_a_horizon_from_the_command_line(plan: Path, tmp_path: Path) -> None:
    assert csv_run(plan, tmp_path / "out", "--base-year", "2023/24", "--horizon", "2").exit_code == 0
    lines = (tmp_path / "out" / "forecast.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("academic_year")
    assert {line.split(",")[place] for line in lines[1:]} == {"2024/25", "2025/26"}


def test_a_base_year_without_rolls_is_an_error_of_the_input(plan: Path, tmp_path: Path) -> None:
    found = csv_run(plan, tmp_path / "out", "--base-year", "2030/31")
    assert found.exit_code == 3
    assert "2030/31 has no rolls" in " ".join(found.stderr.split())
    assert not (tmp_path / "out").exists()


def test_errors_are_listed_all_at_once_and_nothing_is_written(plan: Path, tmp_path: Path) -> None:
    (plan / "rolls.csv").write_text(
        "academic_year,urn,year_group,pupils\n2025/27,100001,R,30\n2025/26,9,R,30\n2025/26,100001,R,-5\n"
    )
    before = {path: path.read_bytes() for path in plan.iterdir()}
    found = csv_run(plan, tmp_path / "out")
    assert found.exit_code == 3
    assert all(rule in found.stderr for rule in ("year-impossible", "number-negative"))
    assert found.stdout == ""
    assert left_in(tmp_path) == {"plan"}
    assert before == {path: path.read_bytes() for path in plan.iterdir()}


GARBAGE = {
    "empty": b"",
    "only a header": b"academic_year,urn,year_group,pupils\n",
    "binary": bytes(range(256)) * 8,
    "a picture's name": b"\x89PNG\r\n\x1a\n\x00\x00",
    "cut off": b'academic_year,urn,year_group,pupils\n2025/26,"100001,R,3',
    "utf-16": "academic_year,urn,year_group,pupils\n2025/26,100001,R,30\n".encode("utf-16"),
    "no separators": b"academic_year urn year_group pupils\n2025/26 100001 R 30\n",
    "words for numbers": b"academic_year,urn,year_group,pupils\n2025/26,100001,R,thirty\n",
    "infinite": b"academic_year,urn,year_group,pupils\n2025/26,100001,R,1e400\n",
    "nan": b"academic_year,urn,year_group,pupils\n2025/26,100001,R,nan\n",
    "a date for a year": b"academic_year,urn,year_group,pupils\n01/11/2012,100001,R,30\n",
    "twice": b"academic_year,urn,year_group,pupils\n2025/26,100001,R,30\n2025/26,100001,R,31\n",
    "too wide": b"academic_year,urn,year_group,pupils\n2025/26,100001,R,30,1,2,3\n",
}


@pytest.mark.parametrize("table", ["rolls", "areas"])
@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_malformed_tables_end_with_3_and_no_traceback(plan: Path, table: str, content: bytes) -> None:
    (plan / f"{table}.csv").write_bytes(content)
    found = csv_run(plan, plan.parent / "out")
    assert found.exit_code == 3, found.output
    assert "Traceback" not in found.output
    assert left_in(plan.parent) == {"plan"}


@pytest.mark.parametrize(
    "text",
    ["", "authority", "- a\n- b", "authority: {name: X}\ninputs: {folder: nowhere}", "a: [", "inputs: {folder: .}",
     "authority: {name: X}\ninputs: {folder: .}\nhorizn: 5", "authority: {name: X}\ninputs: {rolls: no.csv}"],
)  # fmt: skip
def test_malformed_projects_end_with_3_and_no_traceback(plan: Path, text: str) -> None:
    (plan / "placeplan.yaml").write_text(text, encoding="utf-8")
    for command in (["check", plan], ["forecast", plan, "--out", plan.parent / "out"]):
        found = run(*command)
        assert found.exit_code == 3, found.output
        assert "Traceback" not in found.output
    assert left_in(plan.parent) == {"plan"}


def test_rolls_of_nobody_do_not_make_placeplan_fall_over(plan: Path) -> None:
    rolls = "academic_year,urn,R,1\n2024/25,100001,0,0\n2025/26,100001,0,0\n"
    (plan / "rolls.csv").write_text(rolls)
    found = run("forecast", plan, "--out", plan.parent / "out")
    assert found.exit_code in (0, 3), found.output


def test_a_folder_of_somebody_else_is_refused(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "theirs"
    out.mkdir()
    (out / "letter.txt").write_text("keep me")
    found = csv_run(plan, out)
    assert found.exit_code == 2
    assert "choose another --out" in " ".join(found.stderr.split())
    assert left_in(out) == {"letter.txt"}


def test_a_run_replaces_its_own_folder_and_no_other_commands(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("forecast", plan, "--out", out).exit_code == 0
    assert (out / "workbook.xlsx").is_file()
    assert csv_run(plan, out).exit_code == 0
    assert not (out / "workbook.xlsx").exists()
    assert run("check", plan, "--out", out).exit_code == 2
    assert (out / "forecast.csv").is_file()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert csv_run(plan, empty).exit_code == 0


def test_out_may_not_be_a_file_or_stand_nowhere(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert csv_run(plan, tmp_path / "file").exit_code == 2
    assert csv_run(plan, tmp_path / "no" / "such" / "place").exit_code == 2
    assert (tmp_path / "file").read_text() == "x"


def test_a_failed_run_leaves_the_last_good_one(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert csv_run(plan, out).exit_code == 0
    good = (out / "forecast.csv").read_bytes()
    (plan / "rolls.csv").write_text("nonsense\n")
    assert csv_run(plan, out).exit_code == 3
    assert (out / "forecast.csv").read_bytes() == good


def test_strict_ends_with_4_if_there_are_warnings_and_still_writes(plan: Path, tmp_path: Path) -> None:
    assert csv_run(plan, tmp_path / "clean", "--strict").exit_code == 0
    (plan / "births.csv").write_text("birth_year,births,favourite\n2019/20,40,x\n2020/21,40,x\n")
    assert csv_run(plan, tmp_path / "out", "--strict").exit_code == 4
    assert (tmp_path / "out" / "forecast.csv").is_file()
    assert run("check", plan, "--strict").exit_code == 4
    assert run("check", plan).exit_code == 0


def test_check_writes_findings_when_asked_to_errors_or_not(plan: Path, tmp_path: Path) -> None:
    out = tmp_path / "findings"
    assert run("check", plan, "--out", out).exit_code == 0
    assert left_in(out) == {"findings.csv", "run.json"}
    (plan / "rolls.csv").write_text("academic_year,urn,year_group,pupils\n2025/26,100001,R,-3\n")
    assert run("check", plan, "--out", out).exit_code == 3
    assert "number-negative" in (out / "findings.csv").read_text(encoding="utf-8")
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["command"] == "check"


def test_check_prints_findings_as_json(plan: Path) -> None:
    (plan / "rolls.csv").write_text("academic_year,urn,year_group,pupils\n2025/26,100001,R,-3\n")
    found = run("check", plan, "--json")
    assert found.exit_code == 3
    first = json.loads(found.stdout)[0]
    assert first["rule"] == "number-negative"
    assert (first["severity"], first["row"], first["column"], first["value"]) == ("error", 2, "pupils", "-3")


def test_forecast_prints_its_summary_as_json(plan: Path, tmp_path: Path) -> None:
    found = csv_run(plan, tmp_path / "out", "--json")
    summary = json.loads(found.stdout)
    assert summary["base_year"] == "2025/26"
    assert summary["folder"] == str(tmp_path / "out")
    assert summary["summary"]


def test_quiet_is_silent_but_never_hides_an_error(plan: Path, tmp_path: Path) -> None:
    assert csv_run(plan, tmp_path / "out", "--quiet").output == ""
    assert run("check", plan, "--quiet").output == ""
    (plan / "rolls.csv").write_text("academic_year,urn,year_group,pupils\n2025/26,100001,R,-3\n")
    assert "number-negative" in csv_run(plan, tmp_path / "out", "--quiet").stderr
    assert "number-negative" in run("check", plan, "--quiet").output


def test_run_json_says_what_was_read_and_chosen(plan: Path, tmp_path: Path) -> None:
    assert csv_run(plan, tmp_path / "out", "--seed", "7").exit_code == 0
    story = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert story["command"] == "forecast"
    assert "7" in json.dumps(story["seed"])
    assert len({entry["sha256"] for entry in story["inputs"]}) == len(PLAN)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    found = run(command, "--help")
    assert found.exit_code == 0
    assert "Example" in found.output
    assert f"placeplan {command}" in found.output


def test_help_lists_the_commands_and_nothing_else_is_needed() -> None:
    found = run("--help")
    assert found.exit_code == 0
    assert all(command in found.output for command in COMMANDS)
    assert {"check", "demo", "forecast", "init"} <= set(COMMANDS)


def test_a_fault_of_our_own_ends_with_1_and_asks_for_a_report(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("placeplan.commands.forecast.run_forecast", broken)
    found = csv_run(plan, tmp_path / "out")
    assert found.exit_code == 1
    assert "please report" in found.stderr


def test_a_new_project_can_be_made_filled_and_checked(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = run("init", folder, "--name", "Exampleshire", "--la-code", "999")
    assert made.exit_code == 0
    assert str(folder / "inputs") in made.stdout
    for table, text in PLAN.items():
        (folder / "inputs" / f"{table}.csv").write_text(text.replace("        ", ""))
    assert run("check", folder).exit_code == 0
    assert csv_run(folder, tmp_path / "out").exit_code == 0
    assert run("init", folder).exit_code == 2


def test_as_a_module_away_from_a_terminal_there_is_no_colour(plan: Path, tmp_path: Path) -> None:
    (plan / "births.csv").write_text("birth_year,births,favourite\n2019/20,40,x\n")
    found = subprocess.run(
        [sys.executable, "-m", "placeplan", "check", str(plan)],
        capture_output=True, encoding="utf-8", check=False, cwd=tmp_path,
        env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "column-unused" in found.stdout
    assert "\x1b" not in found.stdout + found.stderr


def test_the_demo_runs_in_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("demo")
    assert found.exit_code == 0, found.output
    assert left_in(tmp_path) == {"placeplan-demo"}
    assert "Exampleshire" in (tmp_path / "placeplan-demo" / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / "placeplan-demo" / "send_forecast.csv").is_file()
    assert (
        json.loads((tmp_path / "placeplan-demo" / "run.json").read_text(encoding="utf-8"))["command"]
        == "demo"
    )


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    heavy = "('pandas', 'numpy', 'scipy', 'pydantic', 'rich')"
    code = f"import sys, placeplan.cli; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert found.stdout.strip() == "[]"
