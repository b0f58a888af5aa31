"""What people wrote beside the captures, checked while it can still be mended: on site.

site.yaml, models.yaml, the tables of surveyors and privacy.yaml are read as the later stages read
them. One that is not valid is unusable, its error the reason; what is valid but points at nothing
is a warning.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vtour.capture.media import mark_named_media, nadir_media
from vtour.control_files import read_control, read_marks, read_scale_bars, read_targets
from vtour.errors import InputError
from vtour.gcp_list import read_gcp_list
from vtour.model_files import entries_by_path, read_models_file, site_model
from vtour.model_places import check_crs
from vtour.node_names import NodeNames
from vtour.photo_names import PhotoNames
from vtour.privacy_file import read_privacy
from vtour.schema.base import LocalText
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.privacy import AddedRegion, PrivacyFile
from vtour.schema.site import PhotoPlace, Site, SiteHotspot
from vtour.siteyaml import read_site
from vtour.slugs import id_from_name

WRITTEN = (
    FileKind.site,
    FileKind.models,
    FileKind.control,
    FileKind.marks,
    FileKind.gcp_list,
    FileKind.scale_bars,
    FileKind.targets,
    FileKind.privacy,
)
LANGUAGES = {"vi": "Vietnamese", "en": "English", "zh-Hans": "Chinese"}


def read_written(captures: Path, inventory: Inventory) -> None:
    """Read the files that people wrote; takes the site's id and the media it names."""
    for file in inventory.files:
        if file.kind not in WRITTEN or file.status is not FileStatus.used:
            continue
        try:
            if file.kind is FileKind.site:
                _take_site(read_site(captures / file.path), file.path, inventory)
            elif file.kind is FileKind.models:
                _take_models(captures / file.path, inventory)
            elif file.kind is FileKind.privacy:
                _take_privacy(read_privacy(captures / file.path), file.path, inventory)
            else:
                _read_survey(captures / file.path, file.kind, inventory)
        except InputError as error:
            file.status, file.reason = FileStatus.unusable, str(error)
    _prefer_control(inventory)


def models_named(captures: Path, files: list[CaptureFile]) -> set[str]:
    """Paths of the models that models.yaml names; none while it is not valid."""
    named: set[str] = set()
    for file in files:
        if (file.kind, file.status) == (FileKind.models, FileStatus.used):
            try:
                told = read_models_file(captures / file.path)
                named |= entries_by_path(told, files, file.path).keys()
            except InputError:
                continue  # ``read_written`` says what is wrong
    return named


def _take_models(path: Path, inventory: Inventory) -> None:
    """Check models.yaml against the models: a CRS that is not theirs would put them elsewhere."""
    files = {file.path: file for file in inventory.files}
    for name, entry in entries_by_path(read_models_file(path), inventory.files, path.name).items():
        if files[name].status is not FileStatus.used:
            reason = files[name].reason
            inventory.warnings.append(f"{path.name}: {entry.file}: of no use, {reason}")
            continue
        try:
            check_crs(site_model(files[name], {name: entry}))
        except InputError as error:
            raise InputError(f"{path.name}: {entry.file}: {error}") from None


def _read_survey(path: Path, kind: FileKind, inventory: Inventory) -> None:
    """Read a table of surveyors for the errors in it."""
    if kind is FileKind.control:
        read_control(path)
    elif kind is FileKind.scale_bars:
        read_scale_bars(path)
    elif kind is FileKind.targets:
        read_targets(path)
    elif kind is FileKind.gcp_list:
        inventory.warnings += read_gcp_list(path, inventory.usable_photos()).notes
    else:
        read_marks(path, inventory.usable_photos())


def _prefer_control(inventory: Inventory) -> None:
    """control.csv says more than gcp_list.txt (its heights, its sigmas): it is used alone.

    Without marks.csv it says nothing of the photos, and gcp_list.txt is used.
    """
    kinds = {file.kind: file for file in inventory.files if file.status is FileStatus.used}
    if {FileKind.control, FileKind.marks, FileKind.gcp_list} <= kinds.keys():
        file = kinds[FileKind.gcp_list]
        file.status, file.reason = FileStatus.ignored, "control.csv is there, too, and is used"
        inventory.warnings.append(f"{file.path}: {file.reason}")


def _take_site(site: Site, name: str, inventory: Inventory) -> None:
    inventory.site_id = site.id
    mark_named_media(site, inventory)
    told = [_language_warning(tag) for tag in sorted(_languages(site) - set(LANGUAGES))]
    photos = {photo.path: photo for photo in inventory.usable_photos()}
    paths = {file.path for file in inventory.files}
    for spot in site.hotspots:
        found = [*_photo_warnings(spot, photos), *_media_warnings(spot, paths)]
        told += [f"hotspot {spot.id!r}: {text}" for text in found]
    told += [
        f"nadir: {path} not found, expected fill or a picture in media/"
        for path in sorted(nadir_media(site) - paths)
    ]
    told += _node_warnings(site, inventory)
    inventory.warnings += [f"{name}: {text}" for text in told]


def _node_warnings(site: Site, inventory: Inventory) -> Iterator[str]:
    """Names of nodes that no panorama has: a build would stop at them after an hour."""
    sets = {
        id_from_name(PurePosixPath(folder).name): folder for folder in inventory.panorama_sets()
    }
    spheres = {
        id_from_name(PurePosixPath(file.path).stem): file.path
        for file in inventory.usable_panoramas()
    }
    names = NodeNames(spheres | sets)
    asked = {
        "order": site.order,
        "start": [site.start] if site.start else [],
        "nodes": list(site.nodes),
        "links": [name for pair in (*site.links.add, *site.links.remove) for name in pair],
    }
    for field, given in asked.items():
        for name in dict.fromkeys(given):
            of_a_set = any(name.startswith(f"{one}-") for one in sets)  # pairs of a dual fisheye
            if names.find(name) is None and not of_a_set:
                yield f"{field}: {name!r} leads to nowhere{names.nearest(name)}"


def _take_privacy(privacy: PrivacyFile, name: str, inventory: Inventory) -> None:
    files = {file.path: file for file in inventory.files}
    for number, region in enumerate(privacy.add):
        problem = _box_problem(region, files)
        if problem:
            inventory.warnings.append(f"{name}: add[{number}]: {problem}")


def _box_problem(region: AddedRegion, files: dict[str, CaptureFile]) -> str | None:
    """What is wrong with a box; panoramas that are yet to be stitched are known later."""
    if region.file.startswith("stitched/"):
        return None
    file = files.get(region.file)
    if file is None:
        near = difflib.get_close_matches(region.file, files, n=1, cutoff=0.75)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"file {region.file!r} not found{hint}"
    width, height = file.width_px, file.height_px
    if width and height and (region.x_px >= width or region.y_px >= height):
        place = f"{region.x_px:g}, {region.y_px:g}"
        return f"box at {place}, expected it inside of {file.path}, {width} x {height} px"
    return None


def _photo_warnings(spot: SiteHotspot, photos: dict[str, CaptureFile]) -> Iterator[str]:
    """What is wrong with a hotspot's photo or pixel."""
    if not isinstance(spot.at, PhotoPlace):
        return
    names = PhotoNames(photos)
    path = names.find(spot.at.photo)
    if path is None:
        yield names.not_found(spot.at.photo)
        return
    width, height = photos[path].width_px or 0, photos[path].height_px or 0
    if spot.at.x_px > width or spot.at.y_px > height:
        pixel = f"{spot.at.x_px:g}, {spot.at.y_px:g}"
        yield f"pixel {pixel}, expected one inside of {path}, {width} x {height} px"


def _media_warnings(spot: SiteHotspot, paths: set[str]) -> Iterator[str]:
    for name in spot.media:
        if f"media/{name.removeprefix('media/')}" not in paths:
            yield f"media {name!r} not found, expected it in media/"


def _languages(site: Site) -> set[str]:
    """The language tags of all texts."""
    return {tag for text in _texts(site) for tag in text}


def _texts(site: Site) -> Iterator[LocalText]:
    yield from (site.name, site.description)
    for spot in site.hotspots:
        yield from (spot.title, spot.text)
    for tour in site.tours:
        yield tour.title
        for stop in tour.stops:
            yield from (stop.title, stop.text)


def _language_warning(tag: str) -> str:
    known = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
    return f"language {tag!r} is not shown in the viewer, expected {known}"
