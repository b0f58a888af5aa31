"""Everything that is wrong with a catalogue, sorted by where it is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path

from vtour.rollout.catalog_file import MAX_BYTES, Problem, Reading, problem_of_yaml
from vtour.rollout.lint.files import agreement_problems, file_problems
from vtour.rollout.lint.places import place_problems, swapped_instead
from vtour.rollout.lint.values import value_problems
from vtour.rollout.refusals import RefusedError
from vtour.yaml_marks import YamlError, text_of_file, without_collection

NOTES = frozenset(("unverified", "no_communes", "log_ahead", "log_torn"))
"""What is no fault: it has to be known, or is to be settled later."""
HOME = timedelta(hours=7)
"""Vietnam's clock, which has no summer time."""


class Level(StrEnum):
    """How bad a problem is: an error stops acceptance of the file, a warning is probably wrong."""

    error = "error"
    warning = "warning"
    note = "note"


@dataclass(frozen=True)
class Lint:
    """What was found in a file.

    sites, phases : how many there are, as far as they can be read.
    """

    name: str
    problems: tuple[Problem, ...]
    sites: int = 0
    phases: int = 0

    def of(self, level: Level) -> list[Problem]:
        """The problems of one level."""
        return [problem for problem in self.problems if level_of(problem) is level]


def level_of(problem: Problem) -> Level:
    """How bad a problem is."""
    if problem.error:
        return Level.error
    return Level.note if problem.key in NOTES else Level.warning


def lint_catalog(path: Path, today: date | None = None) -> Lint:
    """Check a catalogue, what it names beside itself, and its audit log.

    today : the day on which permits have to hold; today's in Vietnam when it is left out.

    Raises InputError when there is no such file.
    """
    try:
        text = text_of_file(path, MAX_BYTES)
    except YamlError as error:
        problem = problem_of_yaml(error)
        if error.problem == "unreadable":
            raise RefusedError(partial(problem.line, path.name)) from None
        return Lint(path.name, (problem,))
    with without_collection():
        return _lint(Reading(text, path.name), path, today)


def lint_text(text: str, name: str = "catalog.yaml") -> Lint:
    """The same for a text alone: files and the audit log are left out."""
    return _lint(Reading(text, name), None, None)


def _lint(reading: Reading, path: Path | None, today: date | None) -> Lint:
    problems = [swapped_instead(reading, problem) for problem in reading.problems]
    document = reading.document
    if document is None or not isinstance(document.value, dict):
        return Lint(reading.name, tuple(problems))
    problems += _cross_checks(reading, path, today or (datetime.now(UTC) + HOME).date())
    problems.sort(key=lambda each: (each.place or (0, 0), not each.error))
    return Lint(reading.name, tuple(problems), len(reading.sites), len(reading.phases))


def _cross_checks(reading: Reading, path: Path | None, today: date) -> Iterator[Problem]:
    yield from value_problems(reading)
    yield from place_problems(reading, path)
    if path is not None:
        yield from file_problems(reading, path.parent, today)
        yield from agreement_problems(reading, path)
