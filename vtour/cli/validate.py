"""``vtour validate``: check a scene package."""

from pathlib import Path

import click

from vtour.cli.options import ANY_PATH
from vtour.cli.text import say, say_json
from vtour.package_check import check_package
from vtour.tour.validate import PackageReport

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
    report = check_package(package, for_publishing=for_publishing)
    if as_json:
        say_json({"errors": report.errors, "warnings": report.warnings})
    else:
        _print(report)
    if report.errors or (strict and report.warnings):
        context.exit(FOUND_ERRORS)


def _print(report: PackageReport) -> None:
    for text in report.errors:
        say(f"error: {text}")
    for text in report.warnings:
        say(f"warning: {text}")
    say(f"{len(report.errors)} error(s), {len(report.warnings)} warning(s)")
