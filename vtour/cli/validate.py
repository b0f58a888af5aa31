"""``vtour validate``: check a scene package."""

from pathlib import Path

import click

from vtour.cli.options import ANY_PATH
from vtour.cli.text import say, say_json
from vtour.errors import InputError
from vtour.optimise.writing.validate import validate_glb
from vtour.pipeline import check_up_to_date
from vtour.stages import BY_NAME
from vtour.tour.validate import PackageReport, validate_package
from vtour.workfolder import open_work

FOUND_ERRORS = 1


@click.command()
@click.argument("package", type=ANY_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--strict", is_flag=True, help="Take warnings as errors.")
@click.option(
    "--for-publishing",
    is_flag=True,
    help="Take a blur review that nobody signed as an error, as publishing does.",
)
@click.pass_context
def validate(
    context: click.Context, package: Path, as_json: bool, strict: bool, for_publishing: bool
) -> None:
    """Check PACKAGE: manifest, files, digests, models. Exit status 1 when errors are found.

    \b
    Examples:
      vtour validate work/tam-thanh
      vtour validate packages/tam-thanh --strict --json
      vtour validate work/tam-thanh --for-publishing
    """  # noqa: D301
    report = validate_package(package, check_glb, for_publishing=for_publishing)
    late = out_of_date(package)
    if late:
        (report.errors if for_publishing else report.warnings).append(late)
    if as_json:
        say_json({"errors": report.errors, "warnings": report.warnings})
    else:
        _print(report)
    if report.errors or (strict and report.warnings):
        context.exit(FOUND_ERRORS)


def out_of_date(path: Path) -> str:
    """Why the package of a work folder is not what a build would make now; empty when it is.

    Without its captures nothing can change any more: then a work folder is taken as it is.
    """
    for folder in (path, path.parent):
        if (folder / ".vtour").is_dir() and (folder / "inventory.json").is_file():
            work = open_work(folder, None)
            if work.captures is None or not work.captures.is_dir():
                return ""
            try:
                check_up_to_date(work, BY_NAME["package"], itself=True)
            except InputError as error:
                return f"package is out of date: {error}"
    return ""


def check_glb(path: Path) -> tuple[list[str], list[str]]:
    """What the Khronos validator says of one file."""
    found = validate_glb(path)
    return found.errors, found.warnings


def _print(report: PackageReport) -> None:
    for text in report.errors:
        say(f"error: {text}")
    for text in report.warnings:
        say(f"warning: {text}")
    say(f"{len(report.errors)} error(s), {len(report.warnings)} warning(s)")
