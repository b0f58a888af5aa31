"""``vtour catalog lint``: everything that is wrong with catalog.yaml."""

from pathlib import Path
from typing import Any

import click

from vtour.cli.catalog_options import catalog_argument, lang_option
from vtour.cli.text import say, say_json
from vtour.rollout.catalog_file import Problem
from vtour.rollout.lint.check import Level, Lint, level_of, lint_catalog
from vtour.rollout.words.say import say as words
from vtour.yaml_marks import without_collection

FOUND_ERRORS = 1


@click.command()
@catalog_argument
@lang_option
@click.option("--strict", is_flag=True, help="Take warnings as errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
@without_collection()
def lint(context: click.Context, catalog: Path, language: str, strict: bool, as_json: bool) -> None:
    """Check catalog.yaml: fields, dates, communes, coordinates, files, the audit log.

    Each line says file, line, column, and what is wrong there. An error has to be mended; a warning
    is probably wrong; a note is something to settle later. Exit status 1 when there are errors.

    \b
    Examples:
      vtour catalog lint
      vtour catalog lint rollout/catalog.yaml --lang vi --strict
    """  # noqa: D301
    found = lint_catalog(catalog)
    counts = {level: len(found.of(level)) for level in Level}
    if as_json:
        say_json(_as_json(found, counts, language))
    else:
        for problem in found.problems:
            say(line_of(found.name, problem, language))
        say(_summary(found, counts, language))
    if counts[Level.error] or (strict and counts[Level.warning]):
        context.exit(FOUND_ERRORS)


def line_of(name: str, problem: Problem, language: str) -> str:
    """One problem as one line, in the form that editors jump to."""
    where = f":{problem.place[0]}:{problem.place[1]}" if problem.place else ""
    level = words(f"level_{level_of(problem)}", language)
    whose = f"{problem.site}: " if problem.site else ""
    return f"{name}{where}: {level}: {whose}{problem.words(language)}"


def _summary(found: Lint, counts: dict[Level, int], language: str) -> str:
    return words(
        "lint_summary",
        language,
        sites=found.sites,
        phases=found.phases,
        errors=counts[Level.error],
        warnings=counts[Level.warning],
        notes=counts[Level.note],
    )


def _as_json(found: Lint, counts: dict[Level, int], language: str) -> dict[str, Any]:
    return {
        "file": found.name,
        "sites": found.sites,
        "phases": found.phases,
        **{f"{level}s": count for level, count in counts.items()},
        "problems": [
            {
                "line": problem.place[0] if problem.place else None,
                "column": problem.place[1] if problem.place else None,
                "level": str(level_of(problem)),
                "key": problem.key,
                "site": problem.site,
                "message": problem.words(language),
            }
            for problem in found.problems
        ],
    }
