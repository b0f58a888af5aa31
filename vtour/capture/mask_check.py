"""Whether masks can be used: each has to have a photo, its size, and something left to see.

A mask that cannot be used is set aside with its reason, and its photo is used whole: as with
photos, one bad file does not stop a build, and the report names it.
"""

from vtour.capture.kinds import LATER
from vtour.capture.layout import Found
from vtour.errors import InputError
from vtour.masks import SUFFIX, mask_of, photos_of, read_mask_file, size_problem
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

BLACK = "all black: expected white where the photo may be used"


def look_at_mask(found: Found, file: CaptureFile) -> None:
    """Read a mask: its size, and whether it leaves anything. Never raises for a bad one."""
    try:
        mask = read_mask_file(found.entry.path)
    except InputError as error:
        reason = str(error).removeprefix(f"{found.entry.path.name}: ")
        file.status, file.reason = FileStatus.unusable, reason
        return
    file.height_px, file.width_px = mask.shape
    if not mask.any():
        file.status, file.reason = FileStatus.unusable, BLACK


def judge_masks(files: list[CaptureFile]) -> None:
    """Set aside the masks without a photo that they fit.

    Those with a photo's whole name come first: where one does not fit, another may take its place.
    """
    images = [file for file in files if file.kind in (FileKind.photo, FileKind.panorama)]
    whole = {image.path for image in images}
    for mask in sorted(files, key=lambda file: file.path[: -len(SUFFIX)] not in whole):
        if (mask.kind, mask.status) == (FileKind.mask, FileStatus.used):
            mask.status, mask.reason = _verdict(mask, photos_of(mask.path, images), files)


def _verdict(
    mask: CaptureFile, owners: list[CaptureFile], files: list[CaptureFile]
) -> tuple[FileStatus, str | None]:
    """The status of a readable mask, and why."""
    if not owners:
        expected = mask.path[: -len(SUFFIX)]
        return FileStatus.unusable, f"a mask of no photo: expected a photo {expected}.* beside it"
    used = [photo for photo in owners if photo.status is FileStatus.used]
    if not used:
        return FileStatus.ignored, f"its photo {owners[0].path} is not used"
    photos = [photo for photo in used if photo.kind is FileKind.photo]
    if not photos:
        return FileStatus.not_processed_yet, LATER[FileKind.mask]
    photos = [photo for photo in photos if mask_of(photo, files) is mask]
    if not photos:
        return FileStatus.ignored, f"{used[0].path} has a mask with its whole name"
    for photo in photos:
        problem = size_problem((mask.width_px or 0, mask.height_px or 0), photo)
        if problem:
            return FileStatus.unusable, problem
    return FileStatus.used, None
