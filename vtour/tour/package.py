"""Stage ``package``: tour.json and everything it names, in one folder that can be served as is."""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from vtour import __version__
from vtour.errors import InputError
from vtour.files import file_digest, write_json
from vtour.frames import matrix_from_columns, transform_points
from vtour.glb.container import parts_from_glb
from vtour.options import StageOptions, option
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import FileStatus, Inventory
from vtour.schema.report import Measure, StageReport
from vtour.schema.site import Site, SiteHotspot
from vtour.schema.tour import (
    IDENTITY4,
    Asset,
    Derivative,
    Hotspot,
    Poster,
    Tour,
    TourModel,
    ViewPoint,
)
from vtour.schema.world import World, WorldFrame
from vtour.siteyaml import read_site
from vtour.tour.gltf_summary import summary_of_gltf
from vtour.tour.hotspots import PlacedHotspots, Scene, place_hotspots
from vtour.tour.media import MediaShelf, copy_file
from vtour.tour.photo_rays import PhotoCamera, photo_cameras
from vtour.tour.start import start_view
from vtour.tour.surface import Surface, read_surface
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MANIFEST = "tour.json"

# Figures of a stage's report that tell how exact the site is; times and counts stay there.
ACCURACY = {
    "sparse": ("reprojection_error", "photos_registered", "track_length"),
    "world": (
        "gps_residual",
        "control_residual",
        "check_residual",
        "scale_sigma",
        "ground_sampling_distance",
    ),
    "depth": ("depth_completeness",),
    "texture": ("faces_textured", "texture_density"),
}


@dataclass(frozen=True, kw_only=True)
class PackageOptions(StageOptions):
    """What a scene package holds."""

    media: bool = option(True, "Copy the images, films and sounds that hotspots name.")


PACKAGE_DEFAULTS = PackageOptions()


def build_package(
    work: Workspace,
    out: Workspace,
    options: PackageOptions = PACKAGE_DEFAULTS,
    progress: Progress = no_progress,
) -> StageReport:
    """Assemble the scene package of one site.

    Reads derivatives.json and what it lists, the poster, world.json, sparse/, the mesh,
    site.yaml and media/ of the captures, and the accuracy of other stages' reports.
    Writes ``out.package``: tour.json and every file it names.

    Raises InputError when a derivative is missing or not the file that was listed.
    """
    report = StageReport(stage="package")
    site = site_of(work)
    world = read_world(work.world)
    progress(0.0, "model")
    models, files = _copy_models(work, out.package)
    poster = _copy_poster(work, out.package, files)
    progress(0.3, "hotspots")
    cameras = photo_cameras(work.sparse)
    surface = read_surface(work.mesh)
    placed = _placed(work, site, world, cameras, surface)
    hotspots = _with_media(work, out.package, site.hotspots, placed, options, files)
    progress(0.8, "manifest")
    tour = Tour(
        asset=Asset(generator=f"vtour {__version__}"),
        id=site.id,
        name=site.name or {"und": title_from_folder(work.files)},
        description=site.description,
        license=site.license,
        credit=site.credit,
        world=WorldFrame.model_validate(world.model_dump(include=set(WorldFrame.model_fields))),
        anchor=world.anchor,
        start=_start(models, surface, cameras),
        poster=poster,
        models=models,
        hotspots=hotspots,
        tours=site.tours,
        accuracy=read_accuracy(work),
        files=files,
    )
    write_json(out.package / MANIFEST, tour.to_json())
    _fill_report(report, work, site, tour, placed, out.package)
    progress(1.0)
    return report


def site_of(work: Workspace) -> Site:
    """site.yaml of the captures, or a site that has nothing but its id."""
    path = work.site_path()
    return Site(id=work.files.site_id) if path is None else read_site(path)


def title_from_folder(inventory: Inventory) -> str:
    """A title for a site that was given none, from its folder: 'lund-door' is 'Lund door'."""
    words = (inventory.folder or inventory.site_id).replace("-", " ").replace("_", " ").split()
    title = " ".join(words) or inventory.site_id
    return title[:1].upper() + title[1:]


def read_world(path: Path) -> World:
    """The world frame. Raises InputError when it is missing or not valid."""
    try:
        return World.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: not found, expected the world stage to have run") from None
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected a world.json") from None


def read_accuracy(work: Workspace) -> dict[str, Measure]:
    """What earlier stages measured of exactness, by name; what was not measured is absent."""
    found: dict[str, Measure] = {}
    for stage, names in ACCURACY.items():
        path = work.report(stage)
        if not path.is_file():
            continue
        measures = StageReport.model_validate_json(path.read_text(encoding="utf-8")).measures
        found |= {name: measures[name] for name in names if name in measures}
    return dict(sorted(found.items()))


def _copy_models(work: Workspace, package: Path) -> tuple[list[TourModel], dict[str, str]]:
    derivatives = _read_derivatives(work.derivatives_list)
    files: dict[str, str] = {}
    for derivative in derivatives:
        source = work.root / derivative.uri
        if not source.is_file():
            raise InputError(
                f"{source}: not found, expected the file {work.derivatives_list.name} lists"
            )
        copy_file(source, package / derivative.uri)
        digest = file_digest(package / derivative.uri)
        if digest != derivative.sha256:
            raise InputError(
                f"{source}: SHA-256 {digest[:12]}…, expected {derivative.sha256[:12]}… as listed"
            )
        files[derivative.uri] = digest
    document, _ = parts_from_glb(package / derivatives[-1].uri)
    bounds = summary_of_gltf(document).bounds
    low, high = (None, None) if bounds is None else bounds.tolist()
    model = TourModel(id="site", bounds_min=low, bounds_max=high, derivatives=derivatives)
    return [model], files


def _read_derivatives(path: Path) -> list[Derivative]:
    try:
        found = TypeAdapter(list[Derivative]).validate_json(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: not found, expected the derivatives stage to have run") from None
    except ValidationError as error:
        raise InputError(f"{path}: {error.errors()[0]['msg']}, expected derivatives") from None
    if not found:
        raise InputError(f"{path}: lists no derivative, expected at least one")
    return found


def _copy_poster(work: Workspace, package: Path, files: dict[str, str]) -> Poster | None:
    if not work.poster.is_file():
        return None
    uri = f"model/{work.poster.name}"
    copy_file(work.poster, package / uri)
    files[uri] = file_digest(package / uri)
    with Image.open(package / uri, formats=("WEBP",)) as image:
        return Poster(uri=uri, width=image.width, height=image.height)


def _placed(
    work: Workspace,
    site: Site,
    world: World,
    cameras: dict[str, PhotoCamera],
    surface: Surface | None,
) -> PlacedHotspots:
    sizes = {
        file.path: (file.width_px, file.height_px)
        for file in work.files.usable_photos()
        if file.width_px and file.height_px
    }
    scene = Scene(world=world, anchor=world.anchor, cameras=cameras, sizes=sizes, surface=surface)
    return place_hotspots(site.hotspots, scene)


def _with_media(
    work: Workspace,
    package: Path,
    wanted: list[SiteHotspot],
    placed: PlacedHotspots,
    options: PackageOptions,
    files: dict[str, str],
) -> list[Hotspot]:
    """The placed hotspots with the media that could be brought in."""
    if work.captures is None or not options.media:
        return placed.hotspots
    names = {spot.id: spot.media for spot in wanted}
    shelf = MediaShelf(work=work, target=package / "media")
    complete: list[Hotspot] = []
    for spot in placed.hotspots:
        media = []
        for name in names[spot.id]:
            try:
                media.append(shelf.add(name, spot.title))
            except InputError as error:
                placed.warnings.append(f"hotspot {spot.id!r}, media left out: {error}")
        complete.append(spot.model_copy(update={"media": media}))
    if shelf.copied:
        placed.warnings.append(
            f"{', '.join(sorted(shelf.copied))}: copied as they are, may hold location metadata: "
            "strip it before publishing"
        )
    uris = {uri for spot in complete for item in spot.media for uri in (item.uri, item.captions)}
    files |= {uri: file_digest(package / uri) for uri in sorted(u for u in uris if u)}
    return complete


def _start(
    models: list[TourModel], surface: Surface | None, cameras: dict[str, PhotoCamera]
) -> ViewPoint | None:
    """The first view: of the mesh, else of the corners of the models' boxes."""
    if surface is not None:
        centres, areas = surface.centres_and_areas()
        return start_view(centres, cameras, areas)
    corners = [c for m in models for c in (m.bounds_min, m.bounds_max) if c is not None]
    world_from_model = matrix_from_columns(IDENTITY4)
    points = transform_points(world_from_model, np.array(corners).reshape(-1, 3))
    return start_view(points, cameras)


def _fill_report(
    report: StageReport,
    work: Workspace,
    site: Site,
    tour: Tour,
    placed: PlacedHotspots,
    package: Path,
) -> None:
    total = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    left_out = sum("left out:" in text and ", media" not in text for text in placed.warnings)
    report.measure("package_bytes", total)
    report.measure("hotspots", len(tour.hotspots))
    report.measure("hotspots_left_out", left_out)
    report.warnings += placed.warnings
    report.warnings += not_processed_warnings(work)
    report.warnings += unread_field_warnings(site)
    report.warnings.append(
        "privacy: faces and number plates are not blurred yet, look at the model before publishing"
    )
    if tour.license is None:
        report.warnings.append(
            "no license, expected license and credit in site.yaml before publishing: "
            "the models carry them as their copyright"
        )


def unread_field_warnings(site: Site) -> list[str]:
    """One line that names the fields of site.yaml which nothing uses yet, or none."""
    fields = {
        "start": site.start,
        "order": site.order,
        "links": site.links.add or site.links.remove,
        "nadir": site.nadir,
    }
    given = ", ".join(name for name, value in fields.items() if value)
    return [f"site.yaml: {given}: used once panoramas are processed"] if given else []


def not_processed_warnings(work: Workspace) -> list[str]:
    """One line for every kind of captures that no stage processes yet."""
    kinds = Counter(
        file.kind.value for file in work.files.files if file.status is FileStatus.not_processed_yet
    )
    return [f"{count} {kind} file(s) not processed yet" for kind, count in sorted(kinds.items())]
