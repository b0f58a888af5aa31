"""The stages in order: what each one reads and writes, its options, its version."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vtour.capture.inventory import INVENTORY_DEFAULTS, take_inventory
from vtour.memory import MemoryNeed
from vtour.optimise.derivatives import DERIVATIVES_DEFAULTS, make_derivatives
from vtour.optimise.models import MODELS_DEFAULTS, make_models
from vtour.options import StageOptions
from vtour.panorama.blur import BLUR_DEFAULTS, blur_people
from vtour.panorama.master import MASTER_DEFAULTS, level_panoramas
from vtour.panorama.needs import blur_need
from vtour.panorama.pyramid import PYRAMID_DEFAULTS, cut_panoramas
from vtour.panorama.stitch import STITCH_DEFAULTS, stitch_sets
from vtour.panorama_sources import panorama_sources
from vtour.reconstruct.depth import DEPTH_DEFAULTS, compute_depth_maps
from vtour.reconstruct.features import FEATURES_DEFAULTS, match_images
from vtour.reconstruct.fuse import FUSE_DEFAULTS, fuse_depth_maps
from vtour.reconstruct.mesh import MESH_DEFAULTS, build_mesh
from vtour.reconstruct.needs import depth_need, fuse_need, mesh_need, texture_need
from vtour.reconstruct.sparse import SPARSE_DEFAULTS, solve_cameras
from vtour.reconstruct.texture import TEXTURE_DEFAULTS, texture_mesh
from vtour.scan.clean import merge_scans
from vtour.scan.cleaning.options import CLEAN_DEFAULTS
from vtour.scan.read import SCANS_DEFAULTS, read_scans
from vtour.scan.register import REGISTER_DEFAULTS, register_stations
from vtour.scan.tiles import TILES_DEFAULTS, tile_points
from vtour.schema.inventory import FileKind
from vtour.schema.report import StageReport
from vtour.tour.link import LINK_DEFAULTS, link_nodes
from vtour.tour.package import PACKAGE_DEFAULTS, build_package
from vtour.workspace import Workspace
from vtour.world.options import WORLD_DEFAULTS
from vtour.world.solve import solve_world


@dataclass(frozen=True)
class Lowering:
    """An option that may be lowered when memory is short: in whole steps, to ``least`` at most."""

    option: str
    step: int
    least: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One step of a build.

    reads     : files and folders of the workspace it depends on.
    captures  : kinds of captured files it depends on.
    asks_for  : kinds of which it depends only on whether any can be used.
    site_fields : fields of site.yaml it depends on.
    writes    : files and folders it makes; nobody else makes them.
    version   : raised when the same inputs give another result.
    memory    : predicts its peak memory from what is there before it starts.
    lowering  : the option that is lowered when that memory is not there.
    may_lack  : what it writes only when there is something to write; absent then.
    idle      : why it has nothing to do with what is there, such as no photos; empty when it has.
                It is a result like any other, and looks at nothing that the key does not hold.
    uses_node : runs scripts in Node, so the versions of their packages matter.
    resumable : goes on with what a killed run left, so its unfinished output is kept.
    reuses    : knows by keys of its own what of an earlier result it can keep, and what it cannot.
    """

    name: str
    about: str
    run: Callable[..., StageReport]
    defaults: StageOptions
    reads: tuple[str, ...] = ()
    captures: tuple[FileKind, ...] = ()
    asks_for: tuple[FileKind, ...] = ()
    site_fields: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    version: int = 1
    memory: Callable[[Workspace, Any], MemoryNeed] | None = None
    lowering: Lowering | None = None
    may_lack: tuple[str, ...] = ()
    idle: Callable[[Workspace], str] | None = None
    uses_node: bool = False
    resumable: bool = False
    reuses: bool = False


def no_geometry(work: Workspace) -> str:
    """Why nothing can be solved: two images that could overlap are missing."""
    photos, spheres = len(work.files.usable_photos()), len(panorama_sources(work))
    if photos + spheres > 1:
        return ""
    return "no photos and no panoramas" if not photos + spheres else ONE_IMAGE


def no_scans(work: Workspace) -> str:
    """Why there is nothing to read of scans."""
    return "" if work.files.usable_scans() else "no scans"


def no_cloud(work: Workspace) -> str:
    """Why there is nothing to mesh: neither photos nor scans gave points."""
    return "" if (work.root / "dense").exists() or work.scan_cloud.exists() else NO_POINTS


def no_models(work: Workspace) -> str:
    """Why there is no model made elsewhere to make ready."""
    return "" if work.files.usable_models() else "no models made elsewhere"


def no_sets(work: Workspace) -> str:
    """Why there is nothing to stitch."""
    return "" if work.files.panorama_sets() else "no photo sets in panoramas/"


def lacks(name: str, why: str) -> Callable[[Workspace], str]:
    """A reason to be idle: an earlier stage had nothing to write."""

    def reason(work: Workspace) -> str:
        return "" if (work.root / name).exists() else why

    return reason


ONE_IMAGE = "a single image"
NO_PHOTOS = "no photos were solved"
NO_PANORAMAS = "no panoramas"
NO_SCANS = "no scans"
NO_STATIONS = "no scan stands in the world"
NO_POINTS = "neither photos nor scans gave points"
NO_MODEL = "no model"

MODEL_VERSIONS = (
    *(f"model/site.{name}.glb" for name in ("thumb", "low", "medium", "high", "highest", "ar")),
    "model/site.ar.usdz",
)
"""Of the site's model; all but the first only when they are worth their bytes or wanted."""

STAGES: tuple[Stage, ...] = (
    Stage(
        name="inventory",
        about="List every captured file, measure it, say what can be used",
        run=take_inventory,
        defaults=INVENTORY_DEFAULTS,
        writes=("inventory.json",),
        version=11,
    ),
    Stage(
        name="scans",
        about="Read the laser scans",
        run=read_scans,
        defaults=SCANS_DEFAULTS,
        captures=(FileKind.scan,),
        writes=("scan/raw.json", "scan/raw"),
        idle=no_scans,
        version=3,
    ),
    Stage(
        name="register",
        about="Lay the stations of the scans onto each other",
        run=register_stations,
        defaults=REGISTER_DEFAULTS,
        captures=(FileKind.targets,),
        reads=("scan/raw.json", "scan/raw"),
        writes=("scan/registration.json",),
        version=2,
        idle=lacks("scan/raw.json", NO_SCANS),
    ),
    Stage(
        name="stitch",
        about="Make panoramas of overlapping photos from one standpoint",
        run=stitch_sets,
        defaults=STITCH_DEFAULTS,
        captures=(FileKind.panorama_set,),
        writes=("stitched",),
        idle=no_sets,
    ),
    Stage(
        name="blur",
        about="Find faces in all that is published and hide them",
        run=blur_people,
        defaults=BLUR_DEFAULTS,
        memory=blur_need,
        captures=(FileKind.photo, FileKind.panorama, FileKind.media, FileKind.privacy),
        reads=("stitched",),
        writes=(
            "privacy/proposals.json",
            "privacy/regions.json",
            "privacy/found",
            "privacy/blurred",
            "privacy/review",
        ),
        may_lack=("privacy/found", "privacy/blurred", "privacy/review"),
        resumable=True,
    ),
    Stage(
        name="features",
        about="Find features in the photos and panoramas and match them",
        run=match_images,
        defaults=FEATURES_DEFAULTS,
        captures=(FileKind.photo, FileKind.mask, FileKind.panorama),
        reads=("stitched",),
        writes=("features",),
        idle=no_geometry,
        version=4,
        resumable=True,
    ),
    Stage(
        name="sparse",
        about="Solve the cameras and a sparse point cloud",
        run=solve_cameras,
        defaults=SPARSE_DEFAULTS,
        captures=(FileKind.photo, FileKind.panorama),
        asks_for=(FileKind.scan, FileKind.model),
        reads=("features", "stitched"),
        writes=("sfm",),
        may_lack=("sfm",),
        idle=lacks("features", "fewer than two images"),
        version=7,
    ),
    Stage(
        name="world",
        about="Put the cameras into the site's world: metres, up, north",
        run=solve_world,
        defaults=WORLD_DEFAULTS,
        captures=(
            FileKind.photo,
            FileKind.panorama,
            FileKind.control,
            FileKind.marks,
            FileKind.gcp_list,
            FileKind.scale_bars,
            FileKind.targets,
            FileKind.model,
            FileKind.models,
        ),
        site_fields=("anchor", "order"),
        reads=("sfm", "stitched", "scan/raw.json", "scan/raw", "scan/registration.json"),
        writes=("world.json", "sparse", "spheres", "standpoints.json", "scan/stations.json"),
        may_lack=("sparse", "spheres", "standpoints.json", "scan/stations.json"),
        version=8,
    ),
    Stage(
        name="depth",
        about="Compute a depth map for every photo",
        run=compute_depth_maps,
        defaults=DEPTH_DEFAULTS,
        memory=depth_need,
        lowering=Lowering("depth_px", step=64, least=512),
        captures=(FileKind.photo, FileKind.mask),
        reads=("sparse",),
        writes=("depth",),
        idle=lacks("sparse", NO_PHOTOS),
        version=5,
        resumable=True,
    ),
    Stage(
        name="fuse",
        about="Fuse the depth maps into one point cloud",
        run=fuse_depth_maps,
        defaults=FUSE_DEFAULTS,
        memory=fuse_need,
        reads=("depth",),
        writes=("dense",),
        idle=lacks("depth", NO_PHOTOS),
        version=2,
    ),
    Stage(
        name="cloud",
        about="Clean the scans and merge them into one cloud",
        run=merge_scans,
        defaults=CLEAN_DEFAULTS,
        reads=("scan/raw.json", "scan/raw", "scan/stations.json", "world.json"),
        writes=("scan/cloud", "scan/merged.laz"),
        idle=lacks("scan/stations.json", NO_STATIONS),
        version=3,
    ),
    Stage(
        name="mesh",
        about="Make a surface from the points of the photos and the scans",
        run=build_mesh,
        defaults=MESH_DEFAULTS,
        memory=mesh_need,
        reads=("dense", "sparse", "world.json", "scan/cloud", "scan/stations.json"),
        writes=("mesh",),
        idle=no_cloud,
        version=5,
    ),
    Stage(
        name="texture",
        about="Texture the surface from the photos, or the scans' own colours",
        run=texture_mesh,
        defaults=TEXTURE_DEFAULTS,
        memory=texture_need,
        lowering=Lowering("texture_px", step=1024, least=1024),
        captures=(FileKind.photo, FileKind.mask),
        reads=("mesh", "dense", "sparse", "world.json", "privacy/blurred", "scan/cloud"),
        writes=("model/master.glb",),
        idle=lacks("mesh", NO_POINTS),
        version=6,
    ),
    Stage(
        name="derivatives",
        about="Make the web versions of the model",
        run=make_derivatives,
        defaults=DERIVATIVES_DEFAULTS,
        reads=("model/master.glb", "sparse", "world.json"),
        site_fields=("id", "name", "license", "credit"),
        idle=lacks("model/master.glb", NO_MODEL),
        version=6,
        uses_node=True,
        writes=(
            *MODEL_VERSIONS,
            "model/looks",
            "model/tiles",
            "model/derivatives.json",
            "model/poster.webp",
            "model/turntable.webp",
        ),
        may_lack=(*MODEL_VERSIONS[1:], "model/tiles"),
    ),
    Stage(
        name="models",
        about="Place models made elsewhere and make their web versions",
        run=make_models,
        defaults=MODELS_DEFAULTS,
        captures=(FileKind.model, FileKind.model_part, FileKind.models),
        asks_for=(FileKind.photo, FileKind.panorama, FileKind.panorama_set, FileKind.scan),
        site_fields=("id", "name", "license", "credit"),
        reads=("world.json",),
        writes=("models",),
        idle=no_models,
        uses_node=True,
        version=2,
        resumable=True,
        reuses=True,
    ),
    Stage(
        name="points",
        about="Cut the merged scan into tiles",
        run=tile_points,
        defaults=TILES_DEFAULTS,
        reads=("scan/cloud", "world.json"),
        writes=("points",),
        idle=lacks("scan/cloud", NO_STATIONS),
    ),
    Stage(
        name="master",
        about="Level the panoramas and cover their tripods",
        run=level_panoramas,
        defaults=MASTER_DEFAULTS,
        captures=(FileKind.panorama, FileKind.media),
        site_fields=("nadir", "license", "credit"),
        reads=("standpoints.json", "world.json", "stitched", "privacy/blurred"),
        writes=("panoramas",),
        idle=lacks("standpoints.json", NO_PANORAMAS),
    ),
    Stage(
        name="pyramid",
        about="Cut the panoramas into tiles",
        run=cut_panoramas,
        defaults=PYRAMID_DEFAULTS,
        reads=("panoramas",),
        writes=("tiles",),
        idle=lacks("panoramas", NO_PANORAMAS),
        resumable=True,
    ),
    Stage(
        name="links",
        about="Find the ways between the panoramas",
        run=link_nodes,
        defaults=LINK_DEFAULTS,
        site_fields=("links", "order"),
        reads=("standpoints.json", "world.json", "spheres", "mesh"),
        writes=("links.json",),
        idle=lacks("standpoints.json", NO_PANORAMAS),
    ),
    Stage(
        name="package",
        about="Write the scene package: tour.json and everything it names",
        run=build_package,
        defaults=PACKAGE_DEFAULTS,
        captures=tuple(FileKind),
        reads=(
            *MODEL_VERSIONS,
            "model/tiles",
            "model/derivatives.json",
            "model/poster.webp",
            "models",
            "world.json",
            "sparse",
            "mesh",
            "standpoints.json",
            "panoramas",
            "tiles",
            "links.json",
            "points",
            "scan/cloud",
            "scan/raw.json",
            "scan/stations.json",
            "privacy/regions.json",
            "privacy/blurred",
            "reports/stitch.json",
            "reports/sparse.json",
            "reports/register.json",
            "reports/world.json",
            "reports/cloud.json",
            "reports/depth.json",
            "reports/texture.json",
        ),
        writes=("package",),
    ),
)

BY_NAME = {stage.name: stage for stage in STAGES}
