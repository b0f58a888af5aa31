"""``vtour inspect``: what was captured, and what can be used of it."""

import sys
from pathlib import Path

import click
from rich.console import Console

from vtour.capture.inventory import check_any_captures, list_captures, report_of
from vtour.capture.seal import Difference, seal_captures, verify_captures
from vtour.cli.bar import one_bar
from vtour.cli.inventory_text import print_inventory
from vtour.cli.options import ANY_PATH
from vtour.cli.text import say, say_json

DIFFERS = 1


@click.command()
@click.argument("captures", type=ANY_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the inventory as JSON.")
@click.option("--files", "all_files", is_flag=True, help="List every file, however many.")
@click.option("--seal", is_flag=True, help="Write manifest-sha256.txt, the delivery checksum.")
@click.option("--reseal", is_flag=True, help="Seal anew what was sealed before and has changed.")
@click.option("--verify", is_flag=True, help="Check the folder against manifest-sha256.txt.")
def inspect(
    captures: Path, as_json: bool, all_files: bool, seal: bool, reseal: bool, verify: bool
) -> None:
    """Say what CAPTURES holds: every file, its kind, what can be used, and why not.

    Photos are decoded whole and measured: sharpness, clipping, repeats, expected overlap. The
    exit status is 0 also when some files are unusable; with --verify it is 1 when a file was
    changed, is missing or was added, and 2 when there is no manifest.

    \b
    Examples:
      vtour inspect captures/tam-thanh
      vtour inspect captures/tam-thanh --seal
      vtour inspect captures/tam-thanh --verify
    """  # noqa: D301
    if (seal or reseal) and verify:
        raise click.UsageError("--seal and --verify: expected one of them")
    if verify:
        _verify(captures, as_json)
        return
    bar, progress = one_bar()
    with bar:
        inventory = list_captures(captures, progress=progress)
    report = report_of(inventory)
    if as_json:
        measures = {name: measure.value for name, measure in report.measures.items()}
        say_json({**inventory.to_json(), "measures": measures})
    else:
        print_inventory(Console(highlight=False), inventory, all_files=all_files)
    check_any_captures(captures, inventory)
    if seal or reseal:
        bar, progress = one_bar()
        with bar:
            count = seal_captures(captures, progress, replace=reseal)
        say(f"sealed {count} files in manifest-sha256.txt", err=as_json)


def _verify(captures: Path, as_json: bool) -> None:
    bar, progress = one_bar()
    with bar:
        found = verify_captures(captures, progress)
    if as_json:
        say_json(
            {
                "checked": found.checked,
                "changed": found.changed,
                "missing": found.missing,
                "extra": found.extra,
                "later": found.later,
            }
        )
    else:
        _print_difference(found)
    if not found.is_none:
        sys.exit(DIFFERS)


def _print_difference(found: Difference) -> None:
    for what, names in (
        ("changed", found.changed),
        ("missing", found.missing),
        ("extra", found.extra),
    ):
        for name in names:
            say(f"{what:8} {name}")
    for name in found.later:
        say(f"later    {name} (written since the seal, as it is meant to be)")
    if found.is_none and found.later:
        say(f"everything else of {found.checked} files is as it was sealed")
    elif found.is_none:
        say(f"{found.checked} files are as they were sealed")
    else:
        say(f"{found}, of {found.checked} sealed")
