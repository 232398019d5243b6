"""From a path to the project: found, read, placed; every fault of the file at once."""

from __future__ import annotations

from pathlib import Path

from placeplan.problems import Finding, InputErrors, UsageError
from placeplan.project.whole import PROJECT_FILE, Project
from placeplan.theming import logo_fault
from placeplan.yamlnodes import build, read_yaml


def find_project(start: Path) -> Path:
    """Return the project file in a folder or the nearest one above; UsageError if there is none."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / PROJECT_FILE).is_file():
            return candidate / PROJECT_FILE
    raise UsageError(
        f"there is no {PROJECT_FILE} in {folder} or above; name a file, or begin with `placeplan init`"
    )


def load_project(path: Path) -> Project:
    """Return the project of a file, or of a folder that holds ``placeplan.yaml``.

    Raises UsageError if there is nothing of that name, InputErrors with every fault of the file.
    """
    file = path / PROJECT_FILE if path.is_dir() else path
    if not file.exists():
        raise UsageError(f"there is no project file {file}; name another, or begin one with `placeplan init`")
    document = read_yaml(file)
    project = build(Project, document).placed(file, document.text)
    _check_logo(project)
    return project


def _check_logo(project: Project) -> None:
    """Raise InputErrors if the logo is no picture that the report can hold."""
    name = project.theme.logo
    if not name:
        return
    fault = logo_fault(project.path.parent / name)
    if fault:
        said = f"theme.logo: `{name}`: {fault}; name another picture or leave the line out"
        raise InputErrors(
            [Finding("yaml-value", said, "project", project.path.name, column="logo", value=name)]
        )
