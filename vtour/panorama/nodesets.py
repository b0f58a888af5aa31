"""Sets of files that become one sphere each: folders of photos, and fisheye pairs."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vtour.errors import CaptureError, InputError
from vtour.panorama.setphotos import SetPhoto, photo_from_file
from vtour.schema.inventory import CaptureFile
from vtour.slugs import id_from_name
from vtour.workspace import Workspace

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".tif", ".tiff", ".webp"}
FISHEYE = re.compile(r"(front|back)(?:[_\- ](\w+)|(\d\w*))?", re.IGNORECASE)
"""front, front_a, front-a, front 1, front1; not frontyard."""


@dataclass(frozen=True, kw_only=True)
class NodeSet:
    """What becomes one sphere.

    id     : slug of the folder, with the pair's number when the folder holds several pairs.
    folder : as in the inventory, or as named.
    lens_file : of a dual fisheye; then photos are front and back.
    """

    id: str
    folder: str
    photos: list[SetPhoto]
    lens_file: Path | None = None
    is_fisheye: bool = False


def node_sets(work: Workspace) -> tuple[list[NodeSet], list[str]]:
    """The sets of the inventory, and why others are none, a line for each.

    Raises CaptureError when two would have one id.
    """
    found: list[NodeSet] = []
    failures: list[str] = []
    for folder, files in work.files.panorama_sets().items():
        try:
            found += _sets_of_files(work, folder, files)
        except InputError as error:
            failures.append(about_set(folder, error))
    by_id: dict[str, str] = {}
    for one in found:
        other = by_id.setdefault(one.id, one.folder)
        if other != one.folder:
            raise CaptureError(
                f"{one.folder}: node id {one.id!r} is used by {other} too, rename one of them"
            )
    return found, failures


def about_set(folder: str, error: InputError) -> str:
    """What is wrong, in a line that names the set."""
    name = PurePosixPath(folder).name
    text = str(error)
    return text if text.startswith((f"{folder}: ", f"{name}: ")) else f"{folder}: {text}"


def _sets_of_files(work: Workspace, folder: str, files: list[CaptureFile]) -> list[NodeSet]:
    photos = [_photo(work, file) for file in files if _is_image(file.path)]
    others = [work.capture_path(file) for file in files if not _is_image(file.path)]
    return sets_of(folder, photos, others)


def sets_of(folder: str, photos: list[SetPhoto], others: list[Path]) -> list[NodeSet]:
    """The sets of one folder: the photos all together, or pairs called front and back.

    Raises CaptureError when a front has no back or the other way round, when two photos are one
    side of a pair, and when two pairs would have one id.
    """
    slug = id_from_name(PurePosixPath(folder).name)
    matches = {photo.name: FISHEYE.fullmatch(Path(photo.name).stem) for photo in photos}
    if not photos or not all(matches.values()):
        return [NodeSet(id=slug, folder=folder, photos=photos)]
    pairs: dict[str, dict[str, SetPhoto]] = {}
    for photo in photos:
        match = matches[photo.name]
        if match:
            name, side = match[2] or match[3] or "", match[1].lower()
            other = pairs.setdefault(name, {}).setdefault(side, photo)
            if other is not photo:
                raise CaptureError(
                    f"{folder}: {other.name} and {photo.name} are both {side} of one pair, "
                    "expected one of them"
                )
    lens_file = next((path for path in others if path.suffix.lower() == ".txt"), None)
    found: dict[str, NodeSet] = {}
    for suffix, pair in sorted(pairs.items()):
        one = _pair(folder, f"{slug}-{suffix}" if suffix else slug, pair, lens_file)
        twin = found.setdefault(one.id, one)
        if twin is not one:
            raise CaptureError(
                f"{folder}: {twin.photos[0].name} and {one.photos[0].name} would both become node "
                f"{one.id!r}, rename one pair"
            )
    return list(found.values())


def _pair(folder: str, name: str, pair: dict[str, SetPhoto], lens_file: Path | None) -> NodeSet:
    if len(pair) != 2:
        (have,) = pair
        other = "back" if have == "front" else "front"
        raise CaptureError(f"{folder}: {pair[have].name} has no {other} beside it")
    return NodeSet(
        id=id_from_name(name), folder=folder, photos=[pair["front"], pair["back"]],
        lens_file=lens_file, is_fisheye=True,
    )  # fmt: skip


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def _photo(work: Workspace, file: CaptureFile) -> SetPhoto:
    return photo_from_file(work.capture_path(file), focal_px=file.focal_px, gps=file.gps)
