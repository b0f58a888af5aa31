"""Stage ``blur``: find faces in all that is published, hide them, make the sheet to sign.

propose (kept by each image's digest) -> privacy.yaml: added, removed -> hide -> contact sheet.
Structure from motion keeps the originals; whatever publishes pixels reads ``privacy/blurred``.

Number plates are not looked for: no detector of them comes without a download (docs/decisions).
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from vtour.errors import InputError
from vtour.files import (
    UInt8Array,
    remove,
    text_digest,
    write_json,
)
from vtour.options import StageOptions, option
from vtour.panorama.blurred_copies import write_blurred
from vtour.panorama.contact_sheet import ContactSheet
from vtour.panorama.faces import DETECTOR, Face, Search, faces_in_photo, faces_in_sphere
from vtour.panorama.hide import hide
from vtour.panorama.searched import Picture, films_of_site, pictures_of_site
from vtour.panorama.transparent import read_shown
from vtour.privacy_file import privacy_of_site
from vtour.privacy_record import review_digest
from vtour.progress import Progress, no_progress, part_of
from vtour.schema.privacy import (
    AddedRegion,
    LookedAt,
    PrivacyFile,
    Proposals,
    Region,
    Regions,
    RegionSource,
)
from vtour.schema.report import StageReport
from vtour.sphere import pixels_from_rays, yaw_pitch_from_rays
from vtour.threads import in_order
from vtour.workspace import Workspace

NAMED = 3
ID_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class BlurOptions(StageOptions):
    """How faces are looked for."""

    find_faces: bool = option(True, "Look for faces; without, only what privacy.yaml adds.")
    photo_px: int = option(
        1600,
        "Long side of a photo that is searched; faces below 24 px of it are not found.",
        unit="px",
        minimum=320,
        maximum=16384,
    )
    sphere_px: int = option(
        4096,
        "Width of a sphere that is searched; faces below 24 px of it (2.1 degrees) are not found.",
        unit="px",
        minimum=1024,
        maximum=32768,
    )
    least_score: float = option(
        32.0,
        "Proposals of a lower score are dropped: less finds more, and more that is none.",
        minimum=1.0,
    )
    most: int = option(12, "Most proposals in one image.", minimum=1, maximum=1000)


BLUR_DEFAULTS = BlurOptions()


def blur_people(
    work: Workspace,
    out: Workspace,
    options: BlurOptions = BLUR_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Hide faces, and what privacy.yaml adds, in copies of all images that pixels come from.

    Reads the inventory, photos, panoramas (captured and stitched), pictures of hotspots,
    privacy.yaml. Writes ``privacy/``: proposals.json, regions.json, found/, blurred/, review/.
    What was found in an image is kept by the image's digest, in a killed run and for the next one.
    Raises InputError for a privacy.yaml that is not valid, or that adds to an image not there.
    """
    pictures = pictures_of_site(work)
    asked = privacy_of_site(work)
    added = added_regions(asked, pictures)
    proposals = _propose_all(work, out, pictures, options, part_of(progress, 0.0, 0.7))
    removed = set(asked.remove)
    regions = [region for region in proposals if region.id not in removed] + added
    images = [*map(looked_at, pictures), *films_of_site(work)]
    found = Regions(
        images=images,
        regions=regions,
        proposed=len(proposals),
        removed=sorted(removed & {region.id for region in proposals}),
        digest=review_digest(images, proposals, regions),
        review=asked.review,
    )
    write_json(
        out.privacy_proposals,
        Proposals(detector=DETECTOR, images=images, regions=proposals).to_json(),
    )
    write_json(out.privacy_regions, found.to_json())
    _hide_all(out, pictures, [*proposals, *added], found, part_of(progress, 0.7, 1.0))
    return report_of(found, asked, proposals, pictures)


def looked_at(picture: Picture) -> LookedAt:
    """What is kept of a picture in the lists."""
    return LookedAt(
        file=picture.name,
        sha256=picture.sha256,
        width_px=picture.width_px,
        height_px=picture.height_px,
    )


# proposals --------------------------------------------------------------------
def _propose_all(
    work: Workspace,
    out: Workspace,
    pictures: list[Picture],
    options: BlurOptions,
    progress: Progress,
) -> list[Region]:
    """Proposals in all pictures, in their order, the best of each first."""
    out.privacy_found.mkdir(parents=True, exist_ok=True)
    if not options.find_faces:
        return []

    def propose(picture: Picture) -> list[Region]:
        name = f"{text_digest(_search_key(picture, options))[:32]}.json"
        for folder in (out.privacy_found, work.privacy_found):
            kept = _kept_regions(folder / name, picture.name)
            if kept is not None:
                break
        else:
            kept = [region_from_face(face, picture) for face in find_faces(picture, options)]
        places = [region.model_dump(mode="json", exclude={"id", "file"}) for region in kept]
        write_json(out.privacy_found / name, places)
        return kept

    regions: list[Region] = []
    for done, (picture, found) in enumerate(in_order(propose, pictures), 1):
        regions += found
        progress(done / len(pictures), f"faces in {picture.name}")
    return regions


def _search_key(picture: Picture, options: BlurOptions) -> str:
    side = options.photo_px if picture.placement is None else options.sphere_px
    place = (picture.width_px, picture.height_px, picture.placement)
    asked = f"{place} {side} {options.least_score} {options.most}"
    return f"{DETECTOR} {_engines()} {picture.sha256} {asked}"


def _engines() -> str:
    """Versions of the libraries that a search depends on: another may find other faces."""
    import cv2

    return f"opencv {cv2.getVersionString()} scikit-image {version('scikit-image')}"


def _kept_regions(path: Path, name: str) -> list[Region] | None:
    """What an earlier run found in a picture; None when it did not look, or the file is damaged."""
    try:
        places = json.loads(path.read_text(encoding="utf-8"))
        return [_with_id({**place, "file": name}) for place in places]
    except (OSError, ValueError, TypeError):
        return None


def find_faces(picture: Picture, options: BlurOptions) -> list[Face]:
    """Faces in one picture; places and sizes in pixels of the upright file, or as rays."""
    search = Search(least_score=options.least_score, most=options.most)
    if picture.placement is None:
        image = read_shown(picture.path, is_sphere=False, max_side_px=options.photo_px).pixels
        scale = picture.width_px / image.shape[1]
        return [
            Face(face.centre * scale, face.size * scale, face.score)
            for face in faces_in_photo(image, search)
        ]
    return faces_in_sphere(small_sphere(picture, options.sphere_px), search)


def small_sphere(picture: Picture, sphere_px: int) -> UInt8Array:
    """The full sphere of a panorama (H, 2H, 3), at most ``sphere_px`` wide; black where it ends."""
    place = picture.placement
    if place is None:
        raise ValueError(f"{picture.name} is no panorama")
    shrink = min(1.0, sphere_px / place.full_width_px)
    side = max(1, round(max(picture.width_px, picture.height_px) * shrink))
    part = read_shown(picture.path, is_sphere=True, max_side_px=side).pixels
    if picture.goes_round and part.shape[1] == 2 * part.shape[0]:
        return part
    scale = part.shape[1] / picture.width_px
    height = round(place.full_height_px * scale)
    sphere = np.zeros((height, 2 * height, 3), np.uint8)
    top = round(place.top_px * scale)
    rows = part[: height - top, : 2 * height]
    columns = (np.arange(rows.shape[1]) + round(place.left_px * scale)) % (2 * height)
    sphere[top : top + len(rows), columns] = rows
    return sphere


def region_from_face(face: Face, picture: Picture) -> Region:
    """The box of a face in whole pixels of the upright file."""
    width = height = face.size
    centre = face.centre
    if picture.placement is not None:
        full = picture.placement.full_width_px
        _, pitch = yaw_pitch_from_rays(centre)
        height = face.size * full / math.tau
        width = height / max(0.05, math.cos(float(pitch)))
        placed = pixels_from_rays(centre, full)
        centre = placed - picture.placement.corner
        centre[0] %= full
    left, top = math.floor(centre[0] - width / 2), math.floor(centre[1] - height / 2)
    right, bottom = math.ceil(centre[0] + width / 2), math.ceil(centre[1] + height / 2)
    if picture.placement is not None and picture.goes_round:
        start = left % picture.placement.full_width_px
        left, right = start, start + right - left
    else:
        left, right = max(0, left), min(picture.width_px, right)
    top, bottom = max(0, top), min(picture.height_px, bottom)
    return _with_id(
        {
            "file": picture.name,
            "x_px": left,
            "y_px": top,
            "width_px": max(1, right - left),
            "height_px": max(1, bottom - top),
            "source": RegionSource.proposed,
            "score": round(face.score, 2),
        }
    )


def _with_id(values: dict[str, Any]) -> Region:
    """A region with the id that its file's name and its place give."""
    region = Region.model_validate({"id": "p" + "0" * ID_DIGITS, **values})
    place = [round(v) for v in (region.x_px, region.y_px, region.width_px, region.height_px)]
    digest = text_digest(json.dumps([region.file, *place], ensure_ascii=False))
    region.id = region.source.value[0] + digest[:ID_DIGITS]
    return region


# privacy.yaml -----------------------------------------------------------------
def added_regions(asked: PrivacyFile, pictures: Sequence[Picture]) -> list[Region]:
    """What privacy.yaml adds, in its order.

    Raises InputError for a file that is not among the pictures, or a box outside of it: a mask
    that hides nothing must not go unnoticed.
    """
    regions: list[Region] = []
    for number, one in enumerate(asked.add):
        try:
            check_added(one, pictures)
        except InputError as error:
            raise InputError(f"privacy.yaml: add[{number}]: {error}") from None
        region = _with_id({**one.model_dump(), "source": RegionSource.added})
        if all(region.id != other.id for other in regions):
            regions.append(region)
    return regions


def check_added(one: AddedRegion, pictures: Sequence[Picture]) -> None:
    """Raise InputError when a box is in no picture that is published."""
    picture = next((picture for picture in pictures if picture.name == one.file), None)
    if picture is None:
        raise InputError(
            f"file {one.file!r} not found among the usable photos, panoramas and pictures, "
            "expected a path such as photos/a.jpg"
        )
    fits = one.x_px < picture.width_px and one.y_px < picture.height_px
    if not fits or one.width_px > 2 * picture.width_px or one.height_px > 2 * picture.height_px:
        raise InputError(
            f"box {one.x_px:g}, {one.y_px:g}, {one.width_px:g} x {one.height_px:g} px, expected "
            f"one inside of {picture.name}, {picture.width_px} x {picture.height_px} px"
        )


# hiding -----------------------------------------------------------------------
def _hide_all(
    out: Workspace,
    pictures: list[Picture],
    places: list[Region],
    found: Regions,
    progress: Progress,
) -> None:
    """Write the blurred copies and the contact sheet, one image in memory at a time."""
    for folder in (out.blurred, out.contact_sheet.parent):
        remove(folder)  # of a killed run
        folder.mkdir(parents=True)
    blurred = {region.id for region in found.regions}
    with ContactSheet(out.contact_sheet, found) as sheet:
        for number, picture in enumerate(pictures):
            mine = [region for region in places if region.file == picture.name]
            if not mine:
                continue
            progress(number / len(pictures), f"blur {picture.name}")
            shown = read_shown(picture.path, is_sphere=picture.placement is not None)
            pixels, alpha = shown.pixels, shown.alpha
            del shown
            for region in mine:
                sheet.add(region, pixels, picture, is_blurred=region.id in blurred)
            kept = [region for region in mine if region.id in blurred]
            if kept:
                for region in kept:
                    hide(pixels, box_of(region), picture.placement)
                write_blurred(out, picture, pixels, alpha)


def box_of(region: Region) -> tuple[float, float, float, float]:
    """Left, top, width and height in pixels."""
    return region.x_px, region.y_px, region.width_px, region.height_px


# report -----------------------------------------------------------------------
def report_of(
    found: Regions, asked: PrivacyFile, proposals: list[Region], pictures: list[Picture]
) -> StageReport:
    """The measures, and what a person has to do."""
    report = StageReport(stage="blur")
    report.measure("blur_proposed", found.proposed, n=len(pictures))
    report.measure("blur_regions", len(found.regions), n=len(pictures))
    report.measure("blur_reviewed", float(found.reviewed))
    gone = sorted(set(asked.remove) - {region.id for region in proposals})
    if gone:
        more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
        report.warnings.append(
            f"privacy.yaml: remove: {', '.join(gone[:NAMED])}{more}: no proposal has this id"
        )
    if found.films and not found.reviewed:
        report.warnings.append(
            f"films are published as they are, look at them yourself: {', '.join(found.films)}"
        )
    if not found.reviewed:
        report.warnings.append(review_wanted(found) if pictures else NOTHING_TO_SIGN)
    report.details["images"] = len(pictures)
    report.details["films"] = found.films
    report.details["images_blurred"] = len({region.file for region in found.regions})
    report.details["plates"] = "not looked for, added by hand"
    return report


NOTHING_TO_SIGN = (
    "no image to look for faces in; a scan's own colours and the pictures of models made elsewhere "
    "are not searched: look at the model, then vtour panorama blur WORK --sign NAME"
)


def review_wanted(found: Regions) -> str:
    """Why nothing may be published yet."""
    if found.review is None:
        return (
            "blur review not signed: look at privacy/review/contact-sheet.html, then "
            "vtour panorama blur WORK --sign NAME"
        )
    return (
        f"blur review of {found.review.by}, {found.review.date}, does not hold any more: images "
        "or places have changed since, look at privacy/review/contact-sheet.html again"
    )
