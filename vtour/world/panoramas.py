"""The panoramas' part of the stage ``world``: north by compass, places, a world without photos."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.panorama_sources import PanoramaSource
from vtour.schema.inventory import GpsFix
from vtour.schema.report import StageReport
from vtour.schema.site import Site
from vtour.schema.standpoints import Standpoints
from vtour.schema.tour import PlacedBy
from vtour.schema.world import Anchor, North, Scale, ScaleSource, Up, World
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.options import WorldOptions
from vtour.world.places import MAX_OFF_KM, fixes_and_anchor
from vtour.world.similarity import Similarity
from vtour.world.solution import Solution, anchor_of
from vtour.world.sphere_poses import attitude_of, observed_rays, pose_sigmas, world_from_pano_of
from vtour.world.standpoints import SolvedSphere, is_far, place_panoramas

MAX_COMPASS_SPREAD = math.radians(20.0)
MIN_FIXES = 2


def with_compass(
    solution: Solution, model: SparseModel, panoramas: Mapping[str, PanoramaSource]
) -> Solution:
    """Turn a world whose north is unknown so that the panoramas' compasses are right.

    Left as it is when there is no compass, or when compasses disagree by more than 20 degrees.
    """
    if solution.north is North.true:
        return solution
    turns = []
    for row, name in enumerate(model.names):
        heading = attitude_of(panoramas[name].gpano).heading if name in panoramas else None
        if heading is not None:
            enu_from_cam = solution.enu_from_sfm.rotation @ model.cam_from_sfm[row].T
            forward = enu_from_cam[:, 2]
            turns.append(heading - math.atan2(forward[0], forward[1]))
    if not turns:
        return solution
    mean = np.exp(1j * np.array(turns)).mean()
    turn = float(np.angle(mean))
    off = np.abs(np.angle(np.exp(1j * (np.array(turns) - turn))))
    if float(np.median(off)) > MAX_COMPASS_SPREAD:
        solution.report.warnings.append("compasses of the panoramas disagree: north is unknown")
        return solution
    c, s = math.cos(turn), math.sin(turn)
    turned = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])  # clockwise from above
    old = solution.enu_from_sfm
    fit = Similarity(old.scale, turned @ old.rotation, turned @ old.translation)
    return replace(solution, enu_from_sfm=fit, north=North.true)


def solved_spheres(model: SparseModel) -> dict[str, SolvedSphere]:
    """The panoramas of a model that was moved into the world, by name."""
    found = {}
    for name, is_sphere in zip(model.names, model.is_sphere, strict=True):
        if not is_sphere:
            continue
        image = model.reconstruction.find_image_with_name(name)
        rays, distances, angles = observed_rays(model.reconstruction, name)
        sigma = float(np.sqrt(np.mean(angles**2) / 2)) if len(angles) else math.inf
        shift, turn = pose_sigmas(rays, distances, sigma)
        world_from_cam = image.cam_from_world().rotation.matrix().T
        found[name] = SolvedSphere(
            position=np.asarray(image.projection_center(), float).reshape(3),
            world_from_pano=world_from_pano_of(np.asarray(world_from_cam)),
            sigma=shift if math.isfinite(shift) else None,
            sigma_deg=round(math.degrees(turn), 4) if math.isfinite(turn) else None,
        )
    return found


def write_standpoints(
    out: Workspace,
    site: Site | None,
    panoramas: Mapping[str, PanoramaSource],
    solved: Mapping[str, SolvedSphere],
    world: World,
    options: WorldOptions,
    report: StageReport,
) -> None:
    """Write standpoints.json, and say which panoramas were not solved."""
    order = site.order if site else []
    places = place_panoramas(list(panoramas.values()), solved, world, order, options.gps_sigma_m)
    write_json(out.standpoints, Standpoints(standpoints=places).to_json())
    by = {kind: [one for one in places if one.placed_by is kind] for kind in PlacedBy}
    report.measure("panoramas_placed_by_sfm", len(by[PlacedBy.sfm]), n=len(places))
    sigmas = [one.sigma_m for one in by[PlacedBy.sfm] if one.sigma_m is not None]
    if sigmas:
        report.measure("panorama_position_sigma", float(np.median(sigmas)), n=len(sigmas))
    report.warnings += [
        f"{one.name}: its GPS position is more than {MAX_OFF_KM:.0f} km from the site, left out"
        for one in panoramas.values()
        if one.name not in solved and is_far(one, world)
    ]
    lost = [one.source for one in places if not one.heading_known]
    if lost and world.north is North.true:
        report.warnings += [
            f"{name}: its heading is not known, so its links and hotspots may point anywhere"
            for name in lost
        ]
    for kind, how in ((PlacedBy.gps, "by its GPS position"), (PlacedBy.order, "by its order only")):
        report.warnings += [f"{one.source}: placed {how}, without geometry" for one in by[kind]]


def solve_without_photos(
    out: Workspace,
    site: Site | None,
    panoramas: Mapping[str, PanoramaSource],
    options: WorldOptions,
) -> StageReport:
    """Write a world that only GPS or the order of the panoramas carries."""
    report = StageReport(stage="world")
    fixes = [source.gps for source in panoramas.values() if source.gps]
    site_anchor = site.anchor if site else None
    usable = options.use_gps and len(fixes) >= MIN_FIXES
    if usable:
        usable, site_anchor = fixes_and_anchor(_middle_of(fixes), site_anchor, report)
    anchor = anchor_of(site_anchor) if site_anchor else None
    if usable and anchor is None:
        anchor = _anchor_amid(fixes, options.gps_sigma_m)
    world = World(
        scale=Scale.metric if usable else Scale.unknown,
        scale_source=ScaleSource.gps if usable else ScaleSource.none,
        north=North.true if usable else North.unknown,
        up=Up.assumed,
        anchor=anchor,
        world_from_sfm=columns_from_matrix(np.eye(4)),
    )
    if fixes and not (options.use_gps and len(fixes) >= MIN_FIXES):
        report.warnings.append(f"GPS: {len(fixes)} panorama with a position: not used")
    write_standpoints(out, site, panoramas, {}, world, options, report)
    write_json(out.world, world.to_json())
    return report


def _middle_of(fixes: list[GpsFix]) -> tuple[float, float]:
    lat, lon = np.median([(fix.lat, fix.lon) for fix in fixes], axis=0)
    return float(lat), float(lon)


def _anchor_amid(fixes: list[GpsFix], sigma_m: float) -> Anchor:
    heights = [fix.height_m for fix in fixes if fix.height_m is not None]
    lat, lon = _middle_of(fixes)
    return Anchor(
        lat=lat,
        lon=lon,
        height_m=float(np.median(heights)) if heights else 0.0,
        datum="WGS 84, height as the camera wrote it" if heights else "WGS 84, height not measured",
        sigma_m=sigma_m,
    )
