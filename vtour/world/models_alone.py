"""The world of a site that is all models: their own words say where it is, and how large."""

import numpy as np

from vtour.clouds.crs import datum_of
from vtour.files import write_json
from vtour.frames import columns_from_matrix
from vtour.model_files import SiteModel
from vtour.model_places import TELL_UNITS, doubt_of_units, enu_of_model, grid_axes, usable_crs
from vtour.schema.report import StageReport
from vtour.schema.site import GeodeticPlace, SiteAnchor
from vtour.schema.world import Anchor, North, Scale, ScaleSource, Up, World
from vtour.workspace import Workspace
from vtour.world.control import about_site, is_above_sea
from vtour.world.places import anchor_if_near
from vtour.world.similarity import Similarity
from vtour.world.solution import anchor_of


def solve_models_alone(
    out: Workspace, models: list[SiteModel], site_anchor: SiteAnchor | None
) -> StageReport:
    """Write the world of a site of which nothing was solved but there are models.

    A CRS of a model gives place and north, else a position on the earth, else the anchor of
    site.yaml the place alone. Metres when every model tells its units, or models.yaml says place or
    units of one that does: of the others metres are taken, and ``place_model`` says so.
    """
    report = StageReport(stage="world")
    doubts = {model.file.path: doubt_of_units(model) for model in models}
    unknown = {path: doubt for path, doubt in doubts.items() if doubt}
    if any(_tells(model) for model in models if model.file.path not in unknown):
        unknown = {}
    report.warnings += [
        f"{path}: {doubt}: sizes are not shown, {TELL_UNITS}" for path, doubt in unknown.items()
    ]
    anchor, north, up = _place(models, site_anchor, report)
    world = World(
        scale=Scale.unknown if unknown else Scale.metric,
        scale_source=ScaleSource.none if unknown else ScaleSource.manual,
        north=north,
        up=up,
        anchor=anchor,
        world_from_sfm=columns_from_matrix(np.eye(4)),
    )
    write_json(out.world, world.to_json())
    return report


def _tells(model: SiteModel) -> bool:
    """Whether models.yaml says anything of where a model stands or how large it is."""
    return model.entry.is_placed or model.entry.units is not None


def _place(
    models: list[SiteModel], site_anchor: SiteAnchor | None, report: StageReport
) -> tuple[Anchor | None, North, Up]:
    for model in models:
        if model.entry.crs is not None:
            return _anchor_by_crs(model, model.entry.crs, site_anchor, report), *MAPPED
    for model in models:
        position = model.entry.position
        if isinstance(position, GeodeticPlace):
            there = (position.lat, position.lon)
            near = anchor_if_near(site_anchor, there, f"the position of {model.file.path}", report)
            own = Anchor(lat=position.lat, lon=position.lon, height_m=position.height)
            return anchor_of(near) if near else own, North.true, Up.assumed
    anchor = anchor_of(site_anchor) if site_anchor else None
    stands = anchor is not None and all(model.entry.is_placed for model in models)
    return anchor, North.true if stands else North.unknown, Up.assumed


MAPPED = (North.true, Up.measured)


def _anchor_by_crs(
    model: SiteModel, code: str, site_anchor: SiteAnchor | None, report: StageReport
) -> Anchor:
    """The anchor of site.yaml, else amid the foot of the model."""
    facts = usable_crs(code)
    enu = enu_of_model(model, facts, None)
    own = enu.anchor
    near = anchor_if_near(site_anchor, (own.lat, own.lon), f"the crs of {model.file.path}", report)
    same = near is None or is_above_sea(near.datum) == is_above_sea(datum_of(facts))
    corners = np.array(np.meshgrid(*(model.bounds @ grid_axes(model).T).T)).reshape(3, -1).T
    place = (own.lat, own.lon, own.height_m)
    stays = Similarity(1.0, np.eye(3), np.zeros(3))
    anchor, _ = about_site(stays, enu.exact(corners), place, own.datum, near, same, report)
    return anchor
