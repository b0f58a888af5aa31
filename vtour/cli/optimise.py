"""``vtour optimise``: a model of any origin, ready for the web."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from vtour.cli.options import ANY_PATH, Words, options_of
from vtour.cli.stopping import was_told_to_stop
from vtour.cli.text import say, say_json
from vtour.glb.pictures import PictureFormat
from vtour.glb.xmp import ANY_LANGUAGE, copyright_line, credits_of
from vtour.optimise.choosing.versions import VERSION_DEFAULTS, VersionOptions
from vtour.optimise.optimise_model import Optimised, PrintFormat, Wishes, optimise_model
from vtour.optimise.writing.geometry import Compression
from vtour.optimise.writing.write_web import WebOptions
from vtour.schema.models import ModelUnit, UpAxis

BROKEN_BUDGET = 1


@click.command()
@click.argument("model", type=ANY_PATH)
@click.option("--out", type=ANY_PATH, required=True, help="The folder to write to.")
@click.option(
    "--compression",
    type=Words(Compression),
    default=Compression.meshopt.value,
    show_default=True,
    help="How geometry is packed: Draco is smaller, and slower to open.",
)
@click.option(
    "--pictures",
    type=Words(PictureFormat),
    default=PictureFormat.webp.value,
    show_default=True,
    help="How textures are stored; KTX2 takes minutes.",
)
@click.option("--ar/--no-ar", default=True, help="Files for augmented reality, too.  [default: ar]")
@click.option(
    "--print",
    "print_format",
    type=Words(PrintFormat),
    default=PrintFormat.none.value,
    show_default=True,
    help="A file for printing.",
)
@click.option(
    "--units",
    type=Words(ModelUnit),
    help="Of MODEL's coordinates; metres when it is not told.",
)
@click.option(
    "--up",
    type=Words(UpAxis),
    help="Which of MODEL's axes points up; y of glTF, z of OBJ and PLY when it is not told.",
)
@click.option("--title", help="What the model shows, for its metadata.")
@click.option("--credit", help="Who made it.")
@click.option("--license", "licence", help="Its licence, such as CC-BY-SA-4.0.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a budget of bytes is missed.")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
@options_of(VersionOptions)
@click.pass_context
def optimise(
    context: click.Context,
    model: Path,
    out: Path,
    compression: Compression,
    pictures: PictureFormat,
    ar: bool,
    print_format: PrintFormat,
    units: ModelUnit | None,
    up: UpAxis | None,
    title: str | None,
    credit: str | None,
    licence: str | None,
    strict: bool,
    as_json: bool,
    change_options: Callable[[VersionOptions], VersionOptions],
) -> None:
    """Make web versions of MODEL (GLB, glTF, OBJ or PLY): small files that look like it.

    Writes thumb (200 kB), low, medium, high (3 MB, 150,000 faces, 2048 px) and highest, as many of
    them as are needed and each as small as it can be at the same looks; a GLB and a USDZ for
    augmented reality; pictures of model, version and difference side by side; and optimise.json
    with all that was measured. The bytes of what is tried are shown as they come. A model with
    animations or a skin keeps its geometry.

    \b
    Examples:
      vtour optimise statue.obj --out web/statue
      vtour optimise scan.ply --out web/scan --compression draco --no-ar
      vtour optimise gate.glb --out web/gate --ssim 0.99 --print stl
      vtour optimise wall.glb --out web/wall --faces 80000
      vtour optimise vase.glb --out web/vase --error 0.002
    """  # noqa: D301
    credits = credits_of({ANY_LANGUAGE: title} if title else None, credit, licence)
    web = WebOptions(compression=compression, pictures=pictures)
    wishes = Wishes(
        units=units,
        up=up,
        ar=ar,
        print_format=print_format,
        credits=credits,
        copyright=copyright_line(credit, licence),
    )
    with click.progressbar(
        length=1000,
        label="Optimising",
        show_pos=False,
        item_show_func=lambda note: note,
        file=sys.stderr,
    ) as bar:
        done = 0

        def show(share: float, note: str = "") -> None:
            nonlocal done
            if was_told_to_stop():
                raise KeyboardInterrupt
            bar.update(round(1000 * share) - done, note)
            done = round(1000 * share)

        result = optimise_model(model, out, change_options(VERSION_DEFAULTS), web, wishes, show)
    if as_json:
        say_json(asdict(result))
    else:
        _print(result, out)
    if strict and result.over_budget:
        context.exit(BROKEN_BUDGET)


def _print(result: Optimised, out: Path) -> None:
    for name, facts in result.files.items():
        if "bytes" in facts:
            say(f"{out / name}: {_told(facts)}")
    for note in result.notes:
        say(f"note: {note}")


def _told(facts: dict[str, Any]) -> str:
    parts = [f"{facts['bytes']:,} bytes"]
    if "faces" in facts:
        parts.append(f"{facts['faces']:,} faces")
    if "ssim" in facts:
        parts.append(f"SSIM {facts['ssim']:.3f}")
        parts.append(f"at most {facts['hausdorff']:.3g} off, {facts['way']}")
    return ", ".join(parts)
