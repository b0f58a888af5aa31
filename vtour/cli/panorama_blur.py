"""``vtour panorama blur``: what is blurred, the contact sheet, the review that must be signed."""

from datetime import date
from pathlib import Path

import click

from vtour.cli.build import PROGRESS, last_options, stopped_by_signals
from vtour.cli.options import ANY_PATH
from vtour.cli.progress import ProgressKind, make_display
from vtour.cli.text import say
from vtour.errors import InputError
from vtour.panorama.blur import check_added, review_wanted
from vtour.panorama.contact_sheet import counted
from vtour.panorama.searched import pictures_of_site
from vtour.pipeline import run_stages
from vtour.privacy_file import PRIVACY_NAME, add_region, remove_proposal, sign_review
from vtour.privacy_record import read_regions
from vtour.schema.inventory import FileKind, FileStatus
from vtour.schema.privacy import AddedRegion, Proposals, Region, Regions, Review
from vtour.stages import BY_NAME, STAGES, Stage
from vtour.workfolder import open_work
from vtour.workspace import Workspace

Added = tuple[str, float, float, float, float]


@click.command()
@click.argument("work_folder", metavar="WORK", type=ANY_PATH)
@click.option("--captures", type=ANY_PATH, help="What the contractor handed in.")
@click.option("--review", is_flag=True, help="List every place, and say where the sheet is.")
@click.option(
    "--add",
    type=(str, float, float, float, float),
    multiple=True,
    metavar="FILE X Y WIDTH HEIGHT",
    help="Blur a box, in pixels of the upright file, besides; may be repeated.",
)
@click.option(
    "--remove",
    multiple=True,
    metavar="ID",
    help="Do not blur a proposal, because it shows no face; may be repeated.",
)
@click.option("--sign", metavar="NAME", help="Record that NAME checked the contact sheet.")
@PROGRESS
def blur(
    work_folder: Path,
    captures: Path | None,
    review: bool,
    add: tuple[Added, ...],
    remove: tuple[str, ...],
    sign: str | None,
    progress_kind: ProgressKind,
) -> None:
    """Find faces in the images of WORK, blur them, and record who checked it.

    What --add, --remove and --sign say is kept in privacy.yaml beside the captures. A review holds
    for just the images and places that were signed: when one changes, it has to be signed again.

    \b
    Examples:
      vtour panorama blur work/tam-thanh --review
      vtour panorama blur work/tam-thanh --remove p1f0c9a77e2 --add photos/a.jpg 310 220 40 50
      vtour panorama blur work/tam-thanh --sign "Nguyễn Thị Lan"
    """  # noqa: D301
    if sign is not None and (add or remove):
        raise InputError(
            "--sign with --add or --remove: what they change is on no sheet yet, "
            "give them alone, look at the new contact sheet, then sign"
        )
    work = open_work(work_folder, captures)
    shown = read_regions(work)
    found = run_blur(work, progress_kind)
    if sign is not None:
        check_sign(work, sign, shown, found)
    if add or remove:
        edit(work, add, remove)
        found = run_blur(work, progress_kind)
    if sign is not None:
        today = date.today().isoformat()
        sign_review(privacy_path(work), Review(by=sign.strip(), date=today, digest=found.digest))
        found = run_blur(work, progress_kind)
    if review:
        print_places(work, found)
    print_state(work, found)


def blur_stages() -> tuple[Stage, ...]:
    """The stages of a build up to ``blur``, which needs what comes before it."""
    return STAGES[: STAGES.index(BY_NAME["blur"]) + 1]


def run_blur(work: Workspace, progress_kind: ProgressKind) -> Regions:
    """Bring the blurred copies up to date with the captures and privacy.yaml."""
    context, display = make_display(progress_kind)
    options = last_options(work)
    with context, stopped_by_signals(display) as listen:
        for outcome in run_stages(work, blur_stages(), options, listener=listen):
            display.ended(outcome)
    found = read_regions(work)
    if found is None:
        raise InputError(f"{work.privacy_regions}: not found, expected what the stage blur writes")
    return found


def check_sign(work: Workspace, name: str, shown: Regions | None, found: Regions) -> None:
    """Refuse to sign what nobody can have looked at: the sheet was made anew just now.

    shown : the list of the sheet that lay there when the command was given.
    """
    if not name.strip():
        raise InputError("--sign: found no name, expected that of who checked the contact sheet")
    if shown is None or shown.digest != found.digest:
        was = "is new" if shown is None else "has changed"
        raise InputError(
            f"--sign: the contact sheet {was}, look at {work.contact_sheet} and sign again"
        )


def edit(work: Workspace, add: tuple[Added, ...], remove: tuple[str, ...]) -> None:
    """Write what is added and removed into privacy.yaml; nothing when one of it does not fit."""
    pictures = pictures_of_site(work)
    regions = [added_region(one) for one in add]
    for region in regions:
        check_added(region, pictures)
    known = {region.id for region in proposals_of(work).regions}
    for region_id in remove:
        if region_id not in known:
            raise InputError(f"--remove {region_id}: no proposal has this id, see --review")
    path = privacy_path(work)
    for region in regions:
        add_region(path, region)
    for region_id in remove:
        remove_proposal(path, region_id)


def added_region(one: Added) -> AddedRegion:
    """A box of the command line. Raises InputError when it is none."""
    file, x_px, y_px, width_px, height_px = one
    if not (x_px >= 0 and y_px >= 0 and width_px > 0 and height_px > 0):
        raise InputError(
            f"--add {file} {x_px:g} {y_px:g} {width_px:g} {height_px:g}: expected a box with "
            "x and y of at least 0 and a width and height above 0"
        )
    return AddedRegion(file=file, x_px=x_px, y_px=y_px, width_px=width_px, height_px=height_px)


def privacy_path(work: Workspace) -> Path:
    """Where privacy.yaml lies, or will lie."""
    for file in work.files.files:
        if file.kind is FileKind.privacy and file.status is FileStatus.used:
            return work.capture_path(file)
    if work.captures is None:
        raise InputError(f"{work.root}: its captures folder is not known, name it")
    return work.captures / PRIVACY_NAME


def proposals_of(work: Workspace) -> Proposals:
    """What the detector found."""
    text = work.privacy_proposals.read_text(encoding="utf-8")
    return Proposals.model_validate_json(text)


def print_places(work: Workspace, found: Regions) -> None:
    """Every place with its file, box and what becomes of it."""
    removed = set(found.removed)
    added = [region for region in found.regions if region.id.startswith("a")]
    for region in [*proposals_of(work).regions, *added]:
        say(f"{region.id}  {_fate(region, removed):8} {_box(region):28} {region.file}")


def _fate(region: Region, removed: set[str]) -> str:
    if region.id in removed:
        return "removed"
    return region.source.value


def _box(region: Region) -> str:
    size = f"{region.width_px:g} x {region.height_px:g}"
    return f"{region.x_px:g}, {region.y_px:g}, {size} px"


def print_state(work: Workspace, found: Regions) -> None:
    """Counts, where the sheet is, and whether the review holds."""
    say(
        f"{found.proposed} places proposed in {counted(found)}, "
        f"{len(found.removed)} removed, {len(found.regions)} blurred"
    )
    say(f"Contact sheet: {work.contact_sheet}")
    for film in found.films:
        say(f"Look yourself: film {film}, published as it is")
    say("Number plates and what the detector misses: add them by hand (--add, or privacy.yaml)")
    if found.reviewed and found.review is not None:
        say(f"Signed by {found.review.by} on {found.review.date}")
        say("vtour build takes the blur and the signature into the tour")
    else:
        say(review_wanted(found))
