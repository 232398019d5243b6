"""The back of the report: methods, assumptions, the quality of the data, the words used."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from placeplan.datafiles import data_rows
from placeplan.outputs.marks import bullets, table
from placeplan.outputs.runfile import plain_values
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, counted, markdown, number, percent
from placeplan.problems import rules
from placeplan.tables import rows_of
from placeplan.words import group_words
from placeplan.years import Phase

_EXAMPLES = 5


def methods(view: RunView) -> Iterator[str]:
    """Give the methods that the run chose, and why."""
    yield "## Methods"
    rows = method_rows(view)
    if rows:
        yield bullets(f"**{markdown(topic)}.** {markdown(words)}" for topic, words in rows)
    yield from _weights(view)
    yield "run.json holds the same, with the project, the checksums of the inputs and the versions used."


def _weights(view: RunView) -> Iterator[str]:
    """Give the weights of the combined methods one year ahead and at the last, with their past errors."""
    made = view.result.frames.get("methods")
    if made is None or made.empty:
        return
    last = made.groupby(["phase", "transition"])["years_ahead"].transform("max")
    first, final = made[made["years_ahead"] == 1], made[made["years_ahead"] == last]
    rows = [
        [
            PHASE_WORDS[Phase(near.phase)],
            _into(near.transition),
            _METHODS.get(near.method, near.method.replace("_", " ")),
            f"{100 * near.weight:.0f}%",
            f"{100 * far.weight:.0f}%",
            percent(100 * near.error) if near.error == near.error else "",
            str(near.origins),
        ]
        for near, far in zip(rows_of(first), rows_of(final), strict=True)
    ]
    yield "### How methods are weighed"
    yield (
        "Each method forecast earlier years with what was known then. Its error is the mean of three: of year groups, of "
        "areas and of the whole authority, one year ahead, given the cohorts that came."
    )
    head = ["Areas", "Into", "Method", "Weight 1 year ahead", "Weight at the last", "Error", "Earlier years"]
    yield table(head, rows, 3)


def _into(kind: str) -> str:
    """Return into what the transitions of a class go, in the words in use."""
    entries = {"intake": group_words("R"), "transfer": group_words("7"), "progression": "year groups above"}
    last = PHASE_WORDS[Phase.SIXTH_FORM]
    return entries.get(kind, last if last.isupper() else last.lower())


_METHODS = {"recent_survival": "three-year survival"}


def method_rows(view: RunView) -> list[tuple[str, str]]:
    """Return the methods chosen, as pairs of topic and reason."""
    entries = {"Reception": group_words("R"), "Year 7": group_words("7")}
    return [(entries.get(topic, _topic(topic)), str(words)) for topic, words in view.result.choices.items()]


def assumptions(view: RunView) -> Iterator[str]:
    """Give the choices of the project that the numbers rest on."""
    yield "## Assumptions"
    rows = ([markdown(name), markdown(value)] for name, value in assumption_rows(view))
    yield table(["Assumption", "Value"], rows, 2)


def assumption_rows(view: RunView) -> list[tuple[str, str]]:
    """Return what the numbers rest on, as pairs of name and value."""
    project, result = view.result.project, view.result
    limits = project.status
    horizon = ", ".join(
        f"{PHASE_WORDS[phase].lower()} {counted(result.horizon[phase], 'year')}"
        for phase in Phase
        if phase in result.horizon
    )
    levels = (
        f"short below {number(limits.tight)}%, tight below {number(limits.sufficient)}%, sufficient below "
        f"{number(limits.surplus)}%, surplus below {number(limits.high_surplus)}%, high surplus from there"
    )
    rows = [
        ("Base year", f"{result.base_year}, {project.census.capitalize()} census"),
        ("Years ahead", horizon),
        ("Measure of places", str(project.places.measure)),
        ("Status by surplus in per cent of places", levels),
    ]
    return rows + [(_topic(name), _value(value)) for name, value in result.settings.items()]


def data_quality(view: RunView) -> Iterator[str]:
    """Give the findings of the checks, rule by rule, with the first examples of each."""
    yield "## Data quality"
    findings = view.result.frames["findings"]
    if findings.empty:
        yield "The checks of the inputs found nothing to remark."
        return
    yield f"The checks of the inputs gave {counted(len(findings), 'finding')}, all in findings.csv."
    titles = {code: rule.title for code, rule in rules().items()}
    rows, examples = [], []
    for (severity, rule), group in findings.groupby(["severity", "rule"], sort=False):
        title = titles.get(str(rule), str(rule))
        remedy = str(group["remedy"].iloc[0]) if "remedy" in group else ""
        rows.append([markdown(title), str(severity), markdown(remedy), number(len(group))])
        examples.append(f"**{markdown(title)}**")
        examples.append(bullets(_example(row) for row in group.head(_EXAMPLES).to_dict("records")))
    yield table(["What was found", "Severity", "What to do", "Count"], rows, text_columns=3)
    yield from examples


def glossary() -> Iterator[str]:
    """Give the words used, from ``data/glossary.csv``."""
    yield "## Words used"
    yield table(["Word", "Meaning"], ([markdown(word), markdown(text)] for word, text in glossary_rows()), 2)


def glossary_rows() -> list[tuple[str, str]]:
    """Return the words used and their meaning."""
    return [(row["word"], row["meaning"]) for row in data_rows("glossary.csv")]


def _example(row: Mapping[Hashable, Any]) -> str:
    where = str(row["file"] or row["table"] or "")
    line = float(str(row["row"] or 0))
    if line > 0:
        where = f"{where}, row {line:.0f}"
    message = markdown(str(row["message"]))
    return f"{markdown(where)}: {message}" if where else message


def _value(value: Any) -> str:
    """Return a setting in words; parts that are not set are left out."""
    plain = plain_values(value)
    if isinstance(plain, dict):
        parts = ((_topic(name).lower(), _value(part)) for name, part in plain.items())
        return "; ".join(f"{name} {part}" for name, part in parts if part)
    if isinstance(plain, list):
        return ", ".join(map(_value, plain))
    return "" if plain is None else str(plain).replace("_", " ")


def _topic(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]
