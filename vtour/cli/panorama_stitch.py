"""``vtour panorama stitch``: one folder of photos to one sphere, without a site."""

from collections.abc import Callable
from pathlib import Path

import click

from vtour.cli.options import ANY_PATH, options_of
from vtour.cli.text import say
from vtour.errors import CaptureError, InputError, OptionError
from vtour.panorama.nodesets import IMAGE_SUFFIXES, NodeSet, sets_of
from vtour.panorama.stitch import STITCH_DEFAULTS, Stitched, StitchOptions, stitch_node


@click.command()
@click.argument("folder", type=ANY_PATH)
@click.option("--out", type=ANY_PATH, required=True, help="The JPEG to write.")
@options_of(StitchOptions)
def stitch(
    folder: Path, out: Path, change_options: Callable[[StitchOptions], StitchOptions]
) -> None:
    """Stitch the photos in FOLDER, taken from one standpoint, into one equirectangular JPEG.

    Photos overlap by a third or more; brackets of exposures are merged first. A dual fisheye is
    front.jpg and back.jpg with a lens file beside them; of several pairs (front_1, back_1, ...)
    each is written under OUT's name with its number. What does not fit is named and left out.

    \b
    Examples:
      vtour panorama stitch captures/panoramas/san-dong --out san-dong.jpg
      vtour panorama stitch set --out set.jpg --max-width-px 8192
    """  # noqa: D301
    options = change_options(STITCH_DEFAULTS)
    if out.suffix.lower() not in (".jpg", ".jpeg"):
        raise OptionError(f"--out {out.name}: expected a name that ends in .jpg")
    if out.exists():
        raise InputError(f"{out}: exists, expected a new name for the panorama")
    sets = sets_in(folder, out)
    for node in sets:
        path = out if len(sets) == 1 else out.with_name(f"{out.stem}-{node.id}{out.suffix}")
        with click.progressbar(length=1000, label="Stitching", show_pos=False) as bar:
            done = 0

            def show(share: float, note: str = "") -> None:
                nonlocal done
                bar.update(round(1000 * share) - done)
                done = round(1000 * share)

            result = stitch_node(node, path, options, show)
        _print(result, path)


def sets_in(folder: Path, out: Path) -> list[NodeSet]:
    """The sets of one folder. Raises InputError or CaptureError when it holds none."""
    from vtour.capture.photos import examine_photo
    from vtour.panorama.setphotos import photo_from_file

    if not folder.is_dir():
        found = "is a file" if folder.exists() else "not found"
        raise InputError(f"{folder}: {found}, expected a folder of photos")
    photos, others = [], []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in IMAGE_SUFFIXES or path.resolve() == out.resolve():
            others.append(path)
            continue
        facts = examine_photo(path, decode=False)
        if facts.problem:
            raise CaptureError(f"{path}: {facts.problem}")
        exif = facts.exif
        photos.append(photo_from_file(path, focal_px=exif.focal_px, gps=exif.gps))
    if len(photos) < 2:
        raise CaptureError(f"{folder}: {len(photos)} photos, expected at least 2 that overlap")
    return sets_of(folder.resolve().name, photos, others)


def _print(done: Stitched, path: Path) -> None:
    part = "" if done.width_px == done.full_width_px else f" of a sphere {done.full_width_px} px"
    say(f"{path}: {done.width_px} x {done.height_px} px{part}")
    say(f"  photos used: {len(done.photos_used)}, left out: {len(done.photos_left_out)}")
    for name, reason in done.photos_left_out.items():
        say(f"    {name}: {reason}")
    if done.residual_px is None or done.residual_deg is None:
        say("  residual: not measured, too few matches where both lenses see")
    else:
        say(f"  residual: {done.residual_px:.2f} px, {done.residual_deg:.3f} degrees (RMS)")
    say(f"  focal length: {done.focal_px:.1f} px")
    say(f"  horizon: {_horizon_words(done)}")
    if done.covered < 0.9995:
        say(f"  {100 * (1 - done.covered):.1f} % shown by no photo: filled with smooth colour")


def _horizon_words(done: Stitched) -> str:
    if not done.is_level:
        return "as the camera was held, not levelled"
    if done.horizon_edges:
        return f"by level cameras and {done.horizon_edges} upright edges"
    return "by level cameras"
