"""``placeplan send``: plans and places of high needs."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("send")
@shared.project_argument
@shared.out_option("placeplan-send beside the project")
@shared.scenario_option("Forecast this scenario file and not the plan as it stands")
@shared.simulations_option
@shared.seed_option
@click.option(
    "--small-counts", is_flag=True, help="Show small counts too: for your own eyes, not to pass on."
)
@shared.json_option("the specialist forecast")
@shared.quiet_option
def command(
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
    from placeplan.commands.send import run_send

    opened = shared.opened_project(project).with_changes(horizon=10, simulations=simulations, seed=seed)
    folder = shared.folder_of(out, opened.path, "send")
    with shared.progress_told(quiet or as_json) as progress:
        run_send(opened, folder, files, quiet, as_json, shared.command_line(), progress, small_counts)
