"""Where every file of one site's working folder lies: the only module that knows.

A stage gets two workspaces: ``work``, the committed files, to read; and ``out``, an empty
folder of the same layout, to write to. The pipeline renames what it wrote into ``work``.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from vtour.errors import InputError
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.schema.world import Scale, World


@dataclass(frozen=True)
class Workspace:
    """One site's working folder.

    root     : the folder.
    captures : what the contractor handed in; None when only later stages run.
    """

    root: Path
    captures: Path | None = None

    # captures -----------------------------------------------------------------
    @property
    def inventory(self) -> Path:
        """Every captured file and what becomes of it (schema/inventory.py)."""
        return self.root / "inventory.json"

    @cached_property
    def files(self) -> Inventory:
        """The inventory, read once. Raises InputError when there is none yet."""
        if not self.inventory.is_file():
            raise InputError(f"{self.root}: no inventory.json, expected a work folder of vtour")
        try:
            return Inventory.model_validate_json(self.inventory.read_text(encoding="utf-8"))
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{self.inventory}: damaged ({reason}), build again") from None

    def read_world(self) -> World:
        """The world frame. Raises InputError when it is missing or not valid."""
        try:
            return World.model_validate_json(self.world.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise InputError(
                f"{self.world}: not found, expected the world stage to have run"
            ) from None
        except ValidationError as error:
            reason = error.errors()[0]["msg"]
            raise InputError(f"{self.world}: {reason}, expected a world.json") from None

    def is_metric(self) -> bool:
        """Whether the world is there, and its units are known to be metres."""
        return self.world.is_file() and self.read_world().scale is Scale.metric

    def has_loose_scan(self) -> bool:
        """Whether photos and scans stand side by side, not tied by what both show."""
        return self.world.is_file() and self.read_world().scan_tied is False

    def capture_path(self, file: CaptureFile) -> Path:
        """Where a file of the inventory lies on disk.

        Raises InputError when it is gone, or has become a link that leads outside.
        """
        if self.captures is None:
            raise InputError(f"{self.root}: its captures folder is not known, name it")
        path = self.captures / file.path
        if not path.is_file():
            raise InputError(f"{path}: not found, expected the capture listed in the inventory")
        if not path.resolve().is_relative_to(self.captures.resolve()):
            raise InputError(f"{path}: a link that leads outside, expected the file itself")
        return path

    def site_path(self) -> Path | None:
        """Where site.yaml lies, as the inventory lists it; None when there is none to use.

        Only this finds it: the inventory knows how its name is written, and refuses links that
        lead outside. Raises InputError when it is gone.
        """
        if not self.inventory.is_file():
            return None
        for file in self.files.files:
            if file.kind is FileKind.site and file.status is FileStatus.used:
                return self.capture_path(file)
        return None

    # sparse -------------------------------------------------------------------
    @property
    def features(self) -> Path:
        """Folder of ``database.db``: COLMAP database with cameras, keypoints and matches."""
        return self.root / "features"

    @property
    def database(self) -> Path:
        """The COLMAP database; image names are the inventory's paths."""
        return self.features / "database.db"

    @property
    def sfm(self) -> Path:
        """COLMAP binary model in the gauge of structure from motion, before the world."""
        return self.root / "sfm"

    @property
    def world(self) -> Path:
        """The world frame (schema/world.py)."""
        return self.root / "world.json"

    @property
    def sparse(self) -> Path:
        """COLMAP binary model in the world."""
        return self.root / "sparse"

    # panoramas ----------------------------------------------------------------
    @property
    def stitched(self) -> Path:
        """Panoramas made of photo sets: ``<id>.jpg``, equirectangular with GPano."""
        return self.root / "stitched"

    @property
    def standpoints(self) -> Path:
        """Where every panorama was taken (schema/standpoints.py)."""
        return self.root / "standpoints.json"

    @property
    def spheres(self) -> Path:
        """COLMAP binary model in the world with photos and panoramas (EQUIRECTANGULAR)."""
        return self.root / "spheres"

    @property
    def privacy(self) -> Path:
        """Folder of proposals, contact sheet and ``blurred/``: copies of what shows faces."""
        return self.root / "privacy"

    @property
    def blurred(self) -> Path:
        """Blurred copies under the names of their originals; only those that need it."""
        return self.privacy / "blurred"

    @property
    def privacy_proposals(self) -> Path:
        """What the detector found (schema/privacy.py Proposals)."""
        return self.privacy / "proposals.json"

    @property
    def privacy_regions(self) -> Path:
        """What is blurred in all that is published, and the review (schema/privacy.py Regions)."""
        return self.privacy / "regions.json"

    @property
    def privacy_found(self) -> Path:
        """What was found in each image, kept by its digest: the search is slow."""
        return self.privacy / "found"

    @property
    def contact_sheet(self) -> Path:
        """Page with every place that was found or added, to sign; pictures lie beside it."""
        return self.privacy / "review" / "contact-sheet.html"

    def publishable(self, name: str, original: Path) -> Path:
        """The blurred copy of an image when there is one, else the original.

        name : its path in the inventory, or ``stitched/<id>.jpg``.
        """
        copy = self.blurred / name
        return copy if copy.is_file() else original

    @property
    def masters(self) -> Path:
        """Levelled, blurred, patched panoramas ``<id>.jpg`` and what they are: ``masters.json``."""
        return self.root / "panoramas"

    @property
    def tiles(self) -> Path:
        """Pyramids of the panoramas: ``<id>/base.webp``, ``<id>/{level}/{col}_{row}.webp``."""
        return self.root / "tiles"

    @property
    def ways(self) -> Path:
        """Links between the nodes (schema/standpoints.py Ways)."""
        return self.root / "links.json"

    # dense --------------------------------------------------------------------
    @property
    def depth(self) -> Path:
        """COLMAP dense workspace: images/, sparse/, stereo/{depth_maps,normal_maps}, world."""
        return self.root / "depth"

    @property
    def fused(self) -> Path:
        """Points with normals and colours, world."""
        return self.root / "dense" / "fused.ply"

    @property
    def mesh(self) -> Path:
        """Master mesh without texture, world."""
        return self.root / "mesh" / "mesh.ply"

    # scans --------------------------------------------------------------------
    @property
    def scan_list(self) -> Path:
        """Every scan that was read (schema/scans.py StationList)."""
        return self.root / "scan" / "raw.json"

    def raw_scan(self, station: str) -> Path:
        """The points of one scan: a store (clouds/store.py), frame ``station``."""
        return self.root / "scan" / "raw" / station

    @property
    def registration(self) -> Path:
        """How the stations lie to each other (schema/scans.py Registration)."""
        return self.root / "scan" / "registration.json"

    @property
    def stations(self) -> Path:
        """Where the stations stand in the world (schema/scans.py PlacedStations)."""
        return self.root / "scan" / "stations.json"

    @property
    def scan_cloud(self) -> Path:
        """All scans cleaned and thinned, with normals: a store, world."""
        return self.root / "scan" / "cloud"

    @property
    def merged_scan(self) -> Path:
        """The same as LAZ: east, north, up, with its CRS when the site is anchored."""
        return self.root / "scan" / "merged.laz"

    @property
    def point_tiles(self) -> Path:
        """3D Tiles 1.1 of that cloud: tileset.json and its content."""
        return self.root / "points"

    # models -------------------------------------------------------------------
    @property
    def master_model(self) -> Path:
        """Full detail with its texture atlas, world, plain GLB without compression."""
        return self.root / "model" / "master.glb"

    def derivative(self, quality: str) -> Path:
        """A web version of the master: quality is 'thumb', 'medium', 'high'..."""
        return self.root / "model" / f"site.{quality}.glb"

    @property
    def derivatives_list(self) -> Path:
        """JSON list of schema/tour.py Derivative, coarse to fine, uris like ``model/...``."""
        return self.root / "model" / "derivatives.json"

    @property
    def model_tiles(self) -> Path:
        """3D Tiles 1.1 of a model too large for a derivative: tileset.json and its content."""
        return self.root / "model" / "tiles"

    @property
    def poster(self) -> Path:
        """A still picture of the model."""
        return self.root / "model" / "poster.webp"

    def looks_strip(self, name: str) -> Path:
        """Master, a derivative and their difference side by side, for report.html."""
        return self.root / "model" / "looks" / f"{name}.webp"

    @property
    def turntable(self) -> Path:
        """The model from all around, square views side by side."""
        return self.root / "model" / "turntable.webp"

    @property
    def made_models(self) -> Path:
        """What was made of models made elsewhere (schema/models.py MadeModels)."""
        return self.root / "models" / "models.json"

    def made_model(self, model: str) -> Path:
        """Folder of one model made elsewhere: its derivatives, poster, tiles, made.json."""
        return self.root / "models" / model

    @property
    def package(self) -> Path:
        """The scene package: tour.json and everything it names."""
        return self.root / "package"

    # run ----------------------------------------------------------------------
    def report(self, stage: str) -> Path:
        """The measures of one stage (schema/report.py)."""
        return self.root / "reports" / f"{stage}.json"

    @property
    def report_page(self) -> Path:
        """The report for people."""
        return self.root / "report.html"

    @property
    def state(self) -> Path:
        """What the pipeline remembers: keys of finished stages, unfinished output."""
        return self.root / ".vtour"
