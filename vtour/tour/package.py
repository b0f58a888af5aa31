"""Stage ``package``: tour.json and everything it names, in one folder that can be served as is."""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vtour import __version__
from vtour.errors import InputError
from vtour.files import file_digest, write_json
from vtour.frames import FloatArray, box_corners, matrix_from_columns
from vtour.node_names import names_of
from vtour.options import StageOptions, option
from vtour.privacy_record import privacy_record
from vtour.progress import Progress, no_progress
from vtour.schema.inventory import FileStatus
from vtour.schema.report import Measure, StageReport
from vtour.schema.site import GuidedTour, Site, SiteHotspot
from vtour.schema.tour import Asset, Hotspot, Tour, TourModel, ViewPoint
from vtour.schema.world import Scale, World, WorldFrame
from vtour.station_files import read_placed_stations, read_station_list, station_from_told
from vtour.tour.hotspots import DEFAULT_DISTANCE, PlacedHotspots, Scene, place_hotspots
from vtour.tour.links import node_spacing
from vtour.tour.manifest_checks import check_privacy
from vtour.tour.media import MediaShelf
from vtour.tour.nodes import PackedNodes, pack_nodes, placed_positions, poster_of_nodes
from vtour.tour.package_models import pack_models
from vtour.tour.package_points import pack_points
from vtour.tour.photo_rays import PhotoCamera, photo_cameras
from vtour.tour.site_files import site_of, title_from_folder
from vtour.tour.start import node_view, start_view
from vtour.tour.surface import Surface, read_surface
from vtour.workspace import Workspace

log = logging.getLogger(__name__)

MANIFEST = "tour.json"

# Figures of a stage's report that tell how exact the site is; times and counts stay there.
ACCURACY = {
    "stitch": ("stitch_residual",),
    "sparse": ("reprojection_error", "photos_registered", "panoramas_registered", "track_length"),
    "register": ("registration_rmse", "registration_residual"),
    "world": (
        "gps_residual",
        "control_residual",
        "check_residual",
        "scan_control_residual",
        "scan_check_residual",
        "scan_to_photos",
        "scale_sigma",
        "panorama_position_sigma",
        "ground_sampling_distance",
    ),
    "cloud": ("cloud_spacing",),
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

    Reads derivatives.json, models.json and what they list, the point tileset, the poster,
    standpoints.json, masters.json, tiles.json and the tiles, links.json, stations.json, world.json,
    sparse/, the mesh, site.yaml and media/ of the captures, and the accuracy of other stages'
    reports. A site
    may have a model, panoramas, points, or several of them. Writes ``out.package``: tour.json and
    every file it names.

    Raises InputError when a derivative or a tile is missing or not the file that was listed, when
    there is no model, no panorama and no points, and when site.yaml names a node that there is not.
    """
    report = StageReport(stage="package")
    site = site_of(work)
    world = work.read_world()
    progress(0.0, "model")
    packed = pack_models(work, out.package)
    progress(0.1, "panoramas")
    panoramas = pack_nodes(work, out.package, site)
    progress(0.5, "points")
    scanned = pack_points(work, out.package)
    if not packed.models and not panoramas.nodes and not scanned.points:
        raise InputError(
            f"{work.root}: no derivatives.json, no models.json, no panorama with tiles and no "
            "points, expected the derivatives, models, pyramid or points stage to have run"
        )
    files = packed.files | panoramas.files | scanned.files
    progress(0.6, "hotspots")
    cameras = photo_cameras(work.sparse)
    surface = read_surface(work.mesh)
    placed = _placed(work, site, world, cameras, surface, panoramas)
    hotspots = _with_media(work, out.package, site.hotspots, placed, options, files)
    progress(0.9, "manifest")
    tour = Tour(
        asset=Asset(generator=f"vtour {__version__}"),
        id=site.id,
        name=site.name or {"und": title_from_folder(work.files)},
        description=site.description,
        license=site.license,
        credit=site.credit,
        world=WorldFrame.model_validate(world.model_dump(include=set(WorldFrame.model_fields))),
        anchor=world.anchor,
        start=_start_in_node(site, panoramas, hotspots, surface)
        or _start(packed.models, surface, cameras),
        poster=packed.poster or poster_of_nodes(panoramas.nodes, out.package),
        nodes=panoramas.nodes,
        models=packed.models,
        points=scanned.points,
        hotspots=hotspots,
        tours=_tours(site, panoramas),
        privacy=privacy_record(work),
        accuracy=read_accuracy(work),
        files=files,
    )
    write_json(out.package / MANIFEST, tour.to_json())
    report.warnings += panoramas.warnings
    if not panoramas.nodes:
        report.warnings += idle_field_warnings(site)
    _fill_report(report, work, tour, placed, out.package)
    progress(1.0)
    return report


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


def _placed(
    work: Workspace,
    site: Site,
    world: World,
    cameras: dict[str, PhotoCamera],
    surface: Surface | None,
    panoramas: PackedNodes,
) -> PlacedHotspots:
    sizes = {
        file.path: (file.width_px, file.height_px)
        for file in work.files.usable_photos()
        if file.width_px and file.height_px
    }
    scene = Scene(
        world=world,
        anchor=world.anchor,
        cameras=cameras,
        sizes=sizes,
        surface=surface,
        standpoints=panoramas.standpoints,
        stations=world_from_told(work),
        default_distance=_default_distance(world, panoramas),
    )
    return place_hotspots(site.hotspots, scene)


def world_from_told(work: Workspace) -> dict[str, FloatArray]:
    """What takes coordinates read off a scan to the world, by station; those with a CRS lack."""
    listed = {one.id: one for one in read_station_list(work.scan_list)}
    return {
        one.id: matrix_from_columns(one.world_from_station) @ station_from_told(listed[one.id])
        for one in read_placed_stations(work.stations)
        if one.id in listed and listed[one.id].enu_anchor is None
    }


def _default_distance(world: World, panoramas: PackedNodes) -> float:
    """How far a hotspot is put that nothing tells: half the way to the next node, or 5 m."""
    spacing = node_spacing(placed_positions(panoramas.nodes))
    if spacing > 0:
        return spacing / 2
    return DEFAULT_DISTANCE if world.scale is Scale.metric else 1.0


def _tours(site: Site, panoramas: PackedNodes) -> list[GuidedTour]:
    """Guided tours whose stops name nodes by their ids."""
    if not panoramas.standpoints:
        return site.tours
    names = names_of(panoramas.standpoints.values())
    return [
        walk.model_copy(
            update={
                "stops": [
                    stop.model_copy(update={"node": names.id_of(stop.node, f"tour {walk.id}")})
                    if stop.node
                    else stop
                    for stop in walk.stops
                ]
            }
        )
        for walk in site.tours
    ]


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


def _start_in_node(
    site: Site, panoramas: PackedNodes, hotspots: list[Hotspot], surface: Surface | None
) -> ViewPoint | None:
    """The first view from the node that ``start`` names, else from the first; None without nodes.

    Raises InputError when ``start`` names no node.
    """
    if not panoramas.nodes:
        return None
    first = panoramas.nodes[0].id
    if site.start is not None:
        first = names_of(panoramas.standpoints.values()).id_of(site.start, "start")
    node = next((node for node in panoramas.nodes if node.id == first), panoramas.nodes[0])
    places = placed_positions(panoramas.nodes) if surface is None else surface.vertices
    return node_view(node, hotspots, np.median(places, axis=0) if len(places) else None)


def _start(
    models: list[TourModel], surface: Surface | None, cameras: dict[str, PhotoCamera]
) -> ViewPoint | None:
    """The first view: of the mesh, else of the corners of the models' boxes."""
    if surface is not None:
        centres, areas = surface.centres_and_areas()
        return start_view(centres, cameras, areas)
    boxes = [
        box_corners(m.bounds_min, m.bounds_max) for m in models if m.bounds_min and m.bounds_max
    ]
    return start_view(np.array(boxes).reshape(-1, 3), cameras)


def _fill_report(
    report: StageReport,
    work: Workspace,
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
    if tour.privacy is None:  # else the stage blur tells whether its review is signed
        report.warnings += [finding.text for finding in check_privacy(tour)]
    if tour.license is None:
        report.warnings.append(
            "no license, expected license and credit in site.yaml before publishing: "
            "models and panoramas carry them"
        )


def idle_field_warnings(site: Site) -> list[str]:
    """One line that names the fields of site.yaml that need panoramas, or none."""
    fields = {
        "start": site.start,
        "order": site.order,
        "links": site.links.add or site.links.remove,
        "nodes": site.nodes,
        "nadir": site.nadir,
    }
    given = ", ".join(name for name, value in fields.items() if value)
    return [f"site.yaml: {given}: of no use, the site has no panorama"] if given else []


def not_processed_warnings(work: Workspace) -> list[str]:
    """One line for every kind of captures that no stage processes yet."""
    kinds = Counter(
        file.kind.value for file in work.files.files if file.status is FileStatus.not_processed_yet
    )
    return [f"{count} {kind} file(s) not processed yet" for kind, count in sorted(kinds.items())]
