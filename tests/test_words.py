"""Words for phases and year groups, colours that can be read, and the logo of a report."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from placeplan.problems import InputErrors
from placeplan.project import WordSet, load_project
from placeplan.theming import AA_TEXT, contrast
from placeplan.words import group_words, phase_words, speaking, word_sets
from placeplan.years import Phase, year_group_label

PROJECT = 'authority: {name: Exampleshire, la_code: "999"}\ninputs: {folder: .}\n'


def project_file(folder: Path, more: str) -> Path:
    (folder / "placeplan.yaml").write_text(PROJECT + more, encoding="utf-8")
    return folder


def test_every_set_has_a_word_for_every_phase_and_year_group() -> None:
    assert tuple(word_sets()) == get_args(WordSet)
    for words in word_sets().values():
        assert set(words.phases) == set(Phase)
        assert list(words.groups) == [year_group_label(group) for group in range(15)]


def test_a_set_is_spoken_until_its_end() -> None:
    with speaking("scotland"):
        assert (group_words("R"), group_words("6"), group_words("7"), group_words("12")) == (
            "P1",
            "P7",
            "S1",
            "S6",
        )
        with speaking("cymraeg"):
            assert phase_words(Phase.PRIMARY) == "Cynradd"
    assert (group_words("R"), group_words("7"), phase_words(Phase.SIXTH_FORM)) == (
        "Reception",
        "Year 7",
        "Sixth form",
    )
    with pytest.raises(KeyError), speaking("klingon"):
        pass


def test_contrast_is_as_the_guidelines_define_it() -> None:
    assert contrast("#000000") == pytest.approx(21)
    # The grey that the guidelines' own tools give as the lightest one that reaches 4.5 on white.
    assert contrast("#767676") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777") < AA_TEXT


@pytest.mark.parametrize(
    ("theme", "said"),
    [
        ('{colour: "#777777"}', "contrast of 4.5 with white, below the 4.5"),
        ('{colour: "#ffd500"}', "take a darker one"),
        ("{colour: blue}", "is no colour such as"),
        ("{logo: logo.svg}", "there is no such file"),
        ("{logo: placeplan.yaml}", "it is none of .svg"),
    ],
)
def test_a_theme_that_cannot_be_is_refused(tmp_path: Path, theme: str, said: str) -> None:
    with pytest.raises(InputErrors) as refused:
        load_project(project_file(tmp_path, f"theme: {theme}\n"))
    assert said in refused.value.findings[0].message


def test_a_theme_is_read(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_text("<svg/>", encoding="utf-8")
    more = 'outputs: {words: Scotland}\ntheme: {colour: "#7A003C", logo: logo.svg}\n'
    project = load_project(project_file(tmp_path, more))
    assert (project.outputs.words, project.theme.colour, project.theme.logo) == (
        "scotland",
        "#7a003c",
        "logo.svg",
    )
