"""The command line: parse, one call, print, exit status. Heavy imports stand inside the commands.

Exit status: 0 done, 1 a fault of placeplan's own, 2 wrong usage, 3 the input has errors, 4 a strict check failed.
"""

from __future__ import annotations

import gc
import json
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from placeplan import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placeplan.problems import Finding
    from placeplan.project import Project
    from placeplan.results import Result
    from placeplan.scenario import LoadedScenario

DONE, OWN_FAULT, USAGE, INPUT_ERRORS, STRICT = 0, 1, 2, 3, 4
OUTPUTS = ("csv", "workbook", "report", "charts")
LOOK_FOR_CYCLES = (100_000, 20, 20)
"""A run makes small objects by the million, few of them in cycles: to look for those as often as Python does costs time."""
FOLDER = click.Path(file_okay=True, path_type=Path)


class Commands(click.Group):
    """The group of commands; the only place that turns failures into messages and exit statuses."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; say what a person can mend, and ask for a report of what they cannot."""
        from placeplan.problems import InputErrors, UsageError

        gc.set_threshold(*LOOK_FOR_CYCLES)
        try:
            return super().invoke(ctx)
        except InputErrors as error:
            _print_findings(error.findings, to_error=True)
            click.echo(f"placeplan: {error}; nothing was written", err=True)
            ctx.exit(INPUT_ERRORS)
        except UsageError as error:
            click.echo(f"placeplan: {error}", err=True)
            ctx.exit(USAGE)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except OSError as error:
            click.echo(f"placeplan: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            ctx.exit(USAGE)
        except Exception:
            click.echo(traceback.format_exc(), err=True)
            click.echo(
                "placeplan: this is a fault of placeplan's own; please report the lines above", err=True
            )
            ctx.exit(OWN_FAULT)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88})
@click.version_option(__version__, prog_name="placeplan")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Forecast pupils, compare them with school places, and report both.

    \b
    Try it:
      placeplan demo                        the made-up county of Exampleshire
      placeplan init myplan                 a project to fill with your tables
      placeplan check myplan                what is wrong with the tables, row by row
      placeplan forecast myplan             the forecast, workbook and report
      placeplan backtest myplan             how far it would have been out before
      placeplan options myplan              what could be done, and who decides
      placeplan compare myplan              scenarios side by side
      placeplan explain 9990009 2027/28 R   where a number comes from
      placeplan diff last-year this-year    why the forecast has changed
      placeplan scap myplan                 the School Capacity return, checked
      placeplan send myplan                 plans and places of high needs
      placeplan report myrun --for school   packs for partners, open data, board paper
    """
    ctx.ensure_object(dict)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


_horizon = click.option(
    "--horizon", type=click.IntRange(1, 15), default=None, help="Years ahead for every phase."
)
_simulations = click.option(
    "--simulations", type=click.IntRange(100, 100_000), default=None, help="Number of draws."
)
_seed = click.option("--seed", type=click.IntRange(0), default=None, help="Seed of the draws.")


def _quiet(command: Any) -> Any:
    return click.option("--quiet", is_flag=True, help="Say nothing but errors (for cron).")(command)


@main.command()
@click.option("--out", type=FOLDER, default=None, help="Folder to write.  [default: ./placeplan-demo]")
@_quiet
def demo(out: Path | None, quiet: bool) -> None:
    """Forecast the bundled county of Exampleshire, which is made up.

    \b
    Examples:
      placeplan demo
      placeplan demo --out exampleshire-report
    """
    from placeplan.bundled import bundled_folder
    from placeplan.project import load_project

    project = load_project(bundled_folder("configs") / "exampleshire.yaml")
    _forecast(project, out or Path("placeplan-demo"), "demo", OUTPUTS, False, quiet, False, False)


@main.command()
@click.argument("folder", type=FOLDER)
@click.option("--name", default="My authority", show_default=True, help="Name of the authority.")
@click.option("--la-code", default="", help="Three-digit code of the local authority.")
def init(folder: Path, name: str, la_code: str) -> None:
    """Make a new project: a commented project file and a template of every table.

    \b
    Example:
      placeplan init myplan --name "Exampleshire" --la-code 999
    """
    from placeplan.starter import write_starter

    written = write_starter(folder, name, la_code)
    count = sum(
        len([file for file in path.rglob("*") if file.is_file()]) if path.is_dir() else 1 for path in written
    )
    click.echo(f"Made {folder} with {count} files.")
    click.echo(
        f"Next: put areas.csv and rolls.csv into {folder / 'inputs'} (templates/README.md tells their columns), then\n"
        f"  placeplan check {folder}\n  placeplan forecast {folder}"
    )


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option("--out", type=FOLDER, default=None, help="Also write findings.csv into this folder.")
@click.option("--strict", is_flag=True, help="Exit with status 4 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@_quiet
def check(project: Path | None, out: Path | None, strict: bool, as_json: bool, quiet: bool) -> None:
    """Check a project's tables and list everything found, with what to do.

    PROJECT is a project file or its folder; without it placeplan.yaml is looked for here and above.

    \b
    Examples:
      placeplan check myplan
      placeplan check myplan --json > findings.json
      placeplan check myplan --out findings --strict
    """
    from placeplan.problems import has_errors
    from placeplan.run import read_and_check

    started = datetime.now(UTC)
    opened = _project(project)
    inputs = read_and_check(opened)
    findings = list(inputs.findings)
    if out is not None:
        from placeplan.frames import findings_table
        from placeplan.outputs.checkfolder import write_check

        write_check(findings_table(inputs.findings), opened, inputs, out, started, _command_line())
    if as_json:
        click.echo(json.dumps([_finding(finding) for finding in findings], indent=2, ensure_ascii=False))
    elif not quiet or has_errors(findings):
        _print_findings(findings)
    if has_errors(findings):
        sys.exit(INPUT_ERRORS)
    if strict:
        _end_if_warned(findings)


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out",
    type=FOLDER,
    default=None,
    help="Folder to write.  [default: placeplan-forecast beside the project]",
)
@click.option(
    "--base-year",
    default=None,
    metavar="2022/23",
    help="Treat everything later than this year's census as not yet known.",
)
@click.option(
    "--scenario",
    "scenario_files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Forecast this scenario file and not the plan as it stands (repeatable).",
)
@click.option(
    "--what-if",
    "what_ifs",
    multiple=True,
    metavar="TEXT",
    help='One school acts alone, as "900001 PAN +30 from 2027/28" (repeatable): the scenario what-if, beside the others.',
)
@_horizon
@_simulations
@_seed
@click.option("--outputs", default=",".join(OUTPUTS), show_default=True, help="What to write.")
@click.option("--all-areas", is_flag=True, help="A page for every area, however many there are.")
@click.option("--draws", is_flag=True, help="Also save every draw of every area, as draws.npz.")
@click.option(
    "--since", type=FOLDER, default=None, help="An earlier run: the report begins with what changed, and why."
)
@click.option(
    "--options",
    "options_folder",
    type=FOLDER,
    default=None,
    help="A folder of placeplan options: the pages of areas show what ranks first.",
)
@click.option("--strict", is_flag=True, help="Exit with status 4 if there are warnings.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@_quiet
def forecast(
    project: Path | None,
    out: Path | None,
    base_year: str | None,
    scenario_files: tuple[Path, ...],
    what_ifs: tuple[str, ...],
    horizon: int | None,
    simulations: int | None,
    seed: int | None,
    outputs: str,
    all_areas: bool,
    draws: bool,
    since: Path | None,
    options_folder: Path | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast pupils for every planning area and set them beside places.

    PROJECT is a project file or its folder; without it placeplan.yaml is looked for here and above. Without --scenario
    the run is the scenario central, the plan as it stands; --what-if comes on top of the first scenario.

    \b
    Examples:
      placeplan forecast myplan
      placeplan forecast myplan --scenario low-births.yaml --scenario late-school.yaml
      placeplan forecast myplan --what-if "900001 PAN +30 from 2027/28"
      placeplan forecast myplan --horizon 10 --out long-range
      placeplan forecast myplan --since last-year --options placeplan-options --out this-year
      placeplan forecast myplan --base-year 2022/23 --out as-of-2023
      placeplan forecast myplan --outputs csv --quiet
    """
    from placeplan.scenario import read_scenarios

    wanted, scenarios = _outputs(outputs), read_scenarios(scenario_files, what_ifs)
    opened = _project(project).with_changes(_base_year(base_year), horizon, simulations, seed)
    folder = out or opened.path.resolve().parent / "placeplan-forecast"
    extra = _beside(opened, wanted, since, options_folder)
    _forecast(opened, folder, "forecast", wanted, all_areas, quiet, as_json, strict, draws, scenarios, extra)


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out",
    type=FOLDER,
    default=None,
    help="Folder to write.  [default: placeplan-backtest beside the project]",
)
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME",
    help="Try this method as well, such as ets (repeatable); all tries every one but the slow ones.",
)
@click.option(
    "--origins",
    type=click.IntRange(1, 40),
    default=8,
    show_default=True,
    help="Earlier years to forecast from.",
)
@_horizon
@_simulations
@click.option("--json", "as_json", is_flag=True, help="Print the summary and the verdict as JSON.")
@_quiet
def backtest(
    project: Path | None,
    out: Path | None,
    methods: tuple[str, ...],
    origins: int,
    horizon: int | None,
    simulations: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how far the forecast would have been out in earlier years, and how sure its ranges are.

    From each earlier year the project's own method and plain three-year cohort survival forecast with only what was known
    then; the rolls that came judge them. PROJECT is a project file or its folder, else placeplan.yaml here or above.

    \b
    Examples:
      placeplan backtest myplan
      placeplan backtest myplan --method smoothing --method damped_trend
      placeplan backtest myplan --origins 4 --json > backtest.json
    """
    from placeplan.cli_backtest import run_backtest

    opened = _project(project).with_changes(horizon=horizon, simulations=simulations)
    folder = out or opened.path.resolve().parent / "placeplan-backtest"
    run_backtest(opened, folder, methods, origins, quiet, as_json, _command_line())


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out",
    type=FOLDER,
    default=None,
    help="Folder to write.  [default: placeplan-options beside the project]",
)
@click.option("--area", default="", metavar="CODE", help="Only this planning area.")
@click.option(
    "--reduce",
    default=None,
    metavar="5%",
    help="Also share out a fair plan of admission numbers that leaves this share of places spare.",
)
@click.option(
    "--save",
    nargs=2,
    type=(str, click.Path(path_type=Path)),
    default=None,
    metavar="OPTION_ID FILE.yaml",
    help="Save this option (or plan-alone, plan-together) as a scenario file.",
)
@_simulations
@_seed
@click.option("--json", "as_json", is_flag=True, help="Print the options and the plan as JSON.")
@_quiet
def options(
    project: Path | None,
    out: Path | None,
    area: str,
    reduce: str | None,
    save: tuple[str, Path] | None,
    simulations: int | None,
    seed: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List what could be done where places run short or stand empty, each option weighed on the same draws.

    Ten years ahead, whatever the project's horizon: chance of shortfall and spare places before and after, dates, cost,
    who decides, and a rank by criteria that are shown. PROJECT is a project file or its folder, else placeplan.yaml here
    or above.

    \b
    Examples:
      placeplan options myplan
      placeplan options myplan --area 9990007 --save 9990007-primary-short-02 bulge.yaml
      placeplan options myplan --reduce 5% --out fair-plan
    """
    from placeplan.cli_options import run_options

    opened = _project(project).with_changes(simulations=simulations, seed=seed)
    folder = out or opened.path.resolve().parent / "placeplan-options"
    with _progress(quiet or as_json) as progress:
        run_options(opened, folder, area, reduce, save, quiet, as_json, _command_line(), progress)


@main.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option(
    "--out", type=FOLDER, default=None, help="Folder to write.  [default: placeplan-diff beside NEW]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON.")
@_quiet
def diff(old: Path, new: Path, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Show why a forecast differs from an earlier one, and how the earlier one did.

    OLD and NEW are folders of finished runs. The change is split into changed areas, new rolls, births, transfers, ratios,
    method, new homes and adjustments, which add up to it.

    \b
    Examples:
      placeplan diff runs/2025 runs/2026
      placeplan diff runs/2025 runs/2026 --out what-changed
    """
    from placeplan.cli_diff import run_diff

    run_diff(old, new, out or new.resolve().parent / "placeplan-diff", quiet, as_json, _command_line())


@main.command()
@click.argument("code")
@click.argument("year")
@click.argument("yeargroup")
@click.option(
    "--phase",
    type=click.Choice(("primary", "secondary", "sixth_form")),
    default=None,
    help="Which phase, where a total stands for several.",
)
@click.option(
    "--run",
    "folder",
    type=FOLDER,
    default=None,
    help="Folder of a finished run.  [default: placeplan-forecast or placeplan-demo, here]",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    default=6,
    show_default=True,
    help="Levels of the tree in the terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the tree as JSON.")
@click.option("--markdown", is_flag=True, help="Print the tree as a Markdown list.")
def explain(
    code: str,
    year: str,
    yeargroup: str,
    phase: str | None,
    folder: Path | None,
    depth: int,
    as_json: bool,
    markdown: bool,
) -> None:
    """Show where a number comes from: sums and products down to the rows of the inputs.

    CODE is a planning area, district, authority or school of the run, or a planning area or setting of high needs; YEAR an
    academic year; YEARGROUP R, 1 to 14 or total.

    \b
    Examples:
      placeplan explain 9990009 2027/28 R --run placeplan-demo
      placeplan explain 9995001 2030/31 7 --run placeplan-demo --depth 3
      placeplan explain 999 2030/31 total --phase primary --run placeplan-demo --json
      placeplan explain 1803011 2027/28 7 --run placeplan-demo
    """
    from placeplan.cli_explain import run_explain
    from placeplan.problems import UsageError

    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other; leave out one of the two")
    here = [
        name
        for name in ("placeplan-forecast", "placeplan-demo")
        if (Path.cwd() / name / "run.json").is_file()
    ]
    if folder is None and not here:
        raise UsageError("there is no run here; name its folder with --run")
    form = "json" if as_json else "markdown" if markdown else "tree"
    run_explain(folder or Path(here[0]), code, year, yeargroup, phase, form, depth)


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out",
    type=FOLDER,
    default=None,
    help="Folder to write.  [default: placeplan-scap beside the project; with --check none]",
)
@click.option("--run", type=FOLDER, default=None, metavar="DIR", help="Use this run of placeplan forecast.")
@click.option(
    "--check",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[RETURN]",
    help="Only check: the return given (its workbook or folder, made here or elsewhere), else the one of the project.",
)
@click.option(
    "--template", type=FOLDER, default=None, metavar="FILE.xlsx", help="Also fill in this official template."
)
@click.option(
    "--explanations",
    type=FOLDER,
    default=None,
    metavar="RETURN",
    help="Carry over explanations from this return too.",
)
@click.option(
    "--backtest", type=FOLDER, default=None, metavar="DIR", help="Tell the method statement of this backtest."
)
@click.option("--strict", is_flag=True, help="End with status 4 if a finding of the checks is open.")
@click.option("--json", "as_json", is_flag=True, help="Print what the checks found as JSON.")
@_quiet
def scap(
    project: Path | None,
    out: Path | None,
    run: Path | None,
    check: str | None,
    template: Path | None,
    explanations: Path | None,
    backtest: Path | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the School Capacity return from a run: capacity, forecasts, planned places, method statement, checks, sign-off.

    Explanations written into the sheet Checks of the return are carried over when it is made again. With --check nothing is
    written unless --out names a folder; --strict ends with 4 while an error or a query without explanation is open.
    PROJECT is a project file or its folder, else placeplan.yaml here or above.

    \b
    Examples:
      placeplan scap myplan
      placeplan scap myplan --run myplan/placeplan-forecast --template template.xlsx
      placeplan scap myplan --check
      placeplan scap myplan --check last-year/return.xlsx --strict
    """
    from placeplan.cli_scap import Asked, is_project, run_check, run_scap

    if project is None and check and is_project(Path(check)):
        project, check = Path(check), ""
    opened = _project(project)
    asked = Asked(out, run, template, explanations, backtest, quiet, as_json, _command_line())
    with _progress(quiet or as_json) as progress:
        if check is None:
            still = run_scap(opened, out or opened.path.resolve().parent / "placeplan-scap", asked, progress)
        else:
            still = run_check(opened, Path(check) if check else None, asked, progress)
    if strict and still:
        click.echo(
            f"placeplan: --strict: {still} finding{'s' if still != 1 else ''} of the checks open", err=True
        )
        sys.exit(STRICT)


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out",
    type=FOLDER,
    default=None,
    help="Folder to write.  [default: placeplan-compare beside the project]",
)
@click.option(
    "--scenario",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A scenario file to set beside the plan as it stands (repeatable).",
)
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    metavar="KEY=A,B",
    help='One scenario for each value, as "births.change=-10%,10%"; several make a grid (repeatable).',
)
@_horizon
@_simulations
@_seed
@click.option(
    "--workers", type=click.IntRange(1, 64), default=None, help="Processes.  [default: one for each core]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON.")
@_quiet
def compare(
    project: Path | None,
    out: Path | None,
    files: tuple[Path, ...],
    sweeps: tuple[str, ...],
    horizon: int | None,
    simulations: int | None,
    seed: int | None,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Set scenarios side by side: pupils, places, chance of shortfall, cost, and what differs in them.

    The plan as it stands is always the reference. PROJECT is a project file or its folder, else placeplan.yaml here or
    above.

    \b
    Examples:
      placeplan compare myplan --scenario low-births.yaml --scenario late-school.yaml
      placeplan compare myplan --sweep "births.change=-10%,-5%,5%"
      placeplan compare myplan --sweep "planned_changes.PC01.delay=0,1,2" --sweep "births.trend=-1%,0%"
    """
    from placeplan.cli_compare import run_compare

    opened = _project(project).with_changes(None, horizon, simulations, seed)
    folder = out or opened.path.resolve().parent / "placeplan-compare"
    run_compare(opened, folder, files, sweeps, workers, quiet, as_json, _command_line())


@main.command()
@click.argument("project", type=FOLDER, required=False)
@click.option(
    "--out", type=FOLDER, default=None, help="Folder to write.  [default: placeplan-send beside the project]"
)
@click.option(
    "--scenario",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Forecast this scenario file and not the plan as it stands (repeatable).",
)
@_simulations
@_seed
@click.option(
    "--small-counts", is_flag=True, help="Show small counts too: for your own eyes, not to pass on."
)
@click.option("--json", "as_json", is_flag=True, help="Print the specialist forecast as JSON.")
@_quiet
def send(
    project: Path | None,
    out: Path | None,
    files: tuple[Path, ...],
    simulations: int | None,
    seed: int | None,
    small_counts: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast residents with an education, health and care plan, ten years ahead.

    From the table specialist, and specialist_flows where it is given: plans by setting, need, age and year group, the
    specialist forecast of the School Capacity return, why the number changes, places against demand and what they cost
    where specialist_places is given. With ap_flows and admissions also alternative provision by month, the fair share
    between schools and what a placement panel looks at; small counts are hidden there. PROJECT is a project file or its
    folder, else placeplan.yaml here or above.

    \b
    Examples:
      placeplan send myplan
      placeplan send myplan --out high-needs
      placeplan send myplan --scenario earlier-support.yaml
      placeplan send myplan --json > send.json
    """
    from placeplan.cli_send import run_send

    opened = _project(project).with_changes(horizon=10, simulations=simulations, seed=seed)
    folder = out or opened.path.resolve().parent / "placeplan-send"
    with _progress(quiet or as_json) as progress:
        run_send(opened, folder, files, quiet, as_json, _command_line(), progress, small_counts)


@main.command()
@click.argument("run", type=FOLDER)
@click.option(
    "--for",
    "wanted",
    default="",
    metavar="KIND[:NAME]",
    help="trust, school, diocese, district, authority or all; with a NAME only that one.  [default: authority]",
)
@click.option(
    "--board", is_flag=True, help="The paper for a place-planning board; packs too only with --for."
)
@click.option("--public", is_flag=True, help="For publication: small counts are hidden or rounded.")
@click.option(
    "--options", type=FOLDER, default=None, metavar="DIR", help="Also tell of this folder of options."
)
@click.option(
    "--since", type=FOLDER, default=None, metavar="DIR", help="With --board: what changed since this run."
)
@click.option(
    "--out", type=FOLDER, default=None, help="Folder to write.  [default: placeplan-report beside RUN]"
)
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
@_quiet
def report(
    run: Path,
    wanted: str,
    board: bool,
    public: bool,
    options: Path | None,
    since: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make packs for schools, trusts, dioceses and districts, or the paper of a board, from the folder of a finished run.

    The same data to everyone: rolls of their schools with ranges, what their areas face, what is proposed, how earlier
    forecasts did; for the authority also open data in the published layout. RUN is a folder of placeplan forecast.

    \b
    Examples:
      placeplan report placeplan-forecast
      placeplan report placeplan-forecast --for trust
      placeplan report placeplan-forecast --for "school:Oakfield Primary School"
      placeplan report placeplan-forecast --for all --public --out published
      placeplan report placeplan-forecast --board --since last-year --options placeplan-options
    """
    from placeplan.cli_report import Asked, run_report

    asked = Asked(wanted, board, public, options, since, quiet, as_json, _command_line())
    with _progress(quiet or as_json) as progress:
        run_report(run, out or run.resolve().parent / "placeplan-report", asked, progress)


def _beside(
    project: Project, outputs: Sequence[str], since: Path | None, options: Path | None
) -> dict[str, Any]:
    """What the report shows beside the run itself: what changed since another, options ranked for its areas."""
    found: dict[str, Any] = {}
    if since is not None:
        from placeplan.cli_since import since_run

        found["since"] = since_run(since, outputs)
    if options is not None:
        from placeplan.publishing.runfolder import open_options

        found["options"] = open_options(options, project.authority.name, project.authority.la_code)
    return found


def _forecast(
    project: Project,
    folder: Path,
    command: str,
    outputs: Sequence[str],
    all_areas: bool,
    quiet: bool,
    as_json: bool,
    strict: bool,
    keep_draws: bool = False,
    scenarios: Sequence[LoadedScenario] = (),
    extra: dict[str, Any] | None = None,
) -> None:
    from placeplan.outputs.store import check_target, write_run
    from placeplan.run import PLAN
    from placeplan.run import forecast as run_forecast
    from placeplan.send.brief import with_high_needs

    started = datetime.now(UTC)
    check_target(folder, command)
    with _progress(quiet or as_json) as progress:
        found = run_forecast(project, progress, keep_draws=keep_draws, scenarios=scenarios or (PLAN,))
        result = with_high_needs(found)
        progress("Writing the outputs")
        write_run(
            result,
            folder,
            outputs,
            command=command,
            command_line=_command_line(),
            started=started,
            all_areas=all_areas,
            **(extra or {}),
        )
    if as_json:
        click.echo(json.dumps(_summary(result, folder), indent=2))
    elif not quiet:
        _print_summary(result, folder)
    if strict:
        _end_if_warned(result.findings)


def _project(path: Path | None) -> Project:
    from placeplan.project import find_project, load_project

    return load_project(path if path is not None else find_project(Path.cwd()))


def _outputs(text: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in wanted if name not in OUTPUTS]
    if unknown or not wanted:
        raise click.UsageError(
            f"--outputs takes {', '.join(OUTPUTS)}; {', '.join(unknown) or 'nothing'} is none of them"
        )
    return wanted


def _base_year(text: str | None) -> Any:
    from placeplan.years import AcademicYear

    if text is None:
        return None
    try:
        return AcademicYear.parse(text)
    except ValueError as error:
        raise click.UsageError(f"--base-year {text}: {error}; write it like 2022/23") from None


def _command_line() -> str:
    return shlex.join(["placeplan", *sys.argv[1:]])


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """Tell each step on standard error: a spinner on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Starting") as status:
        yield lambda step: status.update(f"{step} …")


def _finding(finding: Finding) -> dict[str, Any]:
    names = ("table", "file", "column", "value", "rule", "message", "remedy")
    found = {name: getattr(finding, name) for name in names}
    return {"severity": finding.severity.value, "row": finding.row or None, **found}


def _print_findings(findings: Sequence[Finding], to_error: bool = False) -> None:
    """List findings with what to do, errors first, and count them on standard error."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from placeplan.problems import Severity

    console = Console(stderr=to_error, highlight=False)
    style = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
    for finding in findings:
        line = Text()
        line.append(finding.severity.value, style=style[finding.severity])
        line.append(f" {finding.place}" if finding.place else "", style="bold")
        line.append(f": {finding.message} [{finding.rule}]")
        if console.is_terminal:
            console.print(line)
            console.print(Padding(Text(finding.remedy), (0, 0, 0, 4)))
        else:
            click.echo(f"{line.plain}\n    {finding.remedy}", err=to_error)
    counts = {kind: sum(f.severity is kind for f in findings) for kind in Severity}
    words = [f"{number} {kind.value}{'s' if number != 1 else ''}" for kind, number in counts.items()]
    click.echo(", ".join(words), err=True)


def _end_if_warned(findings: Sequence[Finding]) -> None:
    """Say why, and end with the status of a failed strict check, if there are warnings."""
    count = sum(finding.severity == "warning" for finding in findings)
    if count:
        click.echo(
            f"placeplan: --strict: there {'is 1 warning' if count == 1 else f'are {count} warnings'}",
            err=True,
        )
        sys.exit(STRICT)


def _summary(result: Result, folder: Path) -> dict[str, Any]:
    from placeplan.outputs.summary import summary_numbers
    from placeplan.outputs.whatif import what_if_numbers

    return {
        "folder": str(folder),
        "base_year": str(result.base_year),
        "summary": summary_numbers(result),
        "scenarios": list(result.scenarios),
        "what_if": what_if_numbers(result),
        "findings": {
            kind: sum(f.severity == kind for f in result.findings) for kind in ("error", "warning", "note")
        },
    }


def _print_summary(result: Result, folder: Path) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from placeplan.cli_whatif import print_answers
    from placeplan.outputs.summary import OF_PLACES, SUMMARY_COLUMNS, summary_rows

    console = Console(stderr=True, highlight=False)
    rows = summary_rows(result)
    has_places = bool(result.frames["sufficiency"]["places"].notna().any())
    table = Table(title=f"{result.project.authority.name}, base year {result.base_year}", box=box.SIMPLE_HEAD)
    table.add_column("")
    for row in rows:
        table.add_column(row[0], justify="right")
    for place, name in enumerate(SUMMARY_COLUMNS[1:], start=1):
        if has_places or name not in OF_PLACES:
            table.add_row(name, *[row[place] for row in rows])
    console.print(table)
    if not has_places:
        console.print(
            "No school places are known: give schools with capacity or admission numbers to set them beside."
        )
    print_answers(result, console)
    warnings = sum(finding.severity == "warning" for finding in result.findings)
    if warnings:
        console.print(
            f"{warnings} warning{'s' if warnings != 1 else ''}: see Data quality in the report, or findings.csv."
        )
    click.echo(str(folder))
