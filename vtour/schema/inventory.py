"""inventory.json: every file that the contractor handed in, and what will become of it."""

from enum import StrEnum

from pydantic import Field

from vtour.schema.base import Model, Vector3


class FileKind(StrEnum):
    """What a captured file is."""

    photo = "photo"
    mask = "mask"
    panorama = "panorama"
    panorama_set = "panorama_set"
    scan = "scan"
    model = "model"
    model_part = "model_part"
    site = "site"
    models = "models"
    control = "control"
    marks = "marks"
    gcp_list = "gcp_list"
    scale_bars = "scale_bars"
    targets = "targets"
    privacy = "privacy"
    media = "media"
    other = "other"


class FileStatus(StrEnum):
    """What becomes of a captured file."""

    used = "used"
    unusable = "unusable"
    ignored = "ignored"
    not_processed_yet = "not_processed_yet"


class GpsFix(Model):
    """A position from EXIF. Height is as the camera wrote it, its datum rarely known."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    height_m: float | None = None
    sigma_m: float | None = None
    is_ellipsoidal: bool | None = None
    """True when the camera says that its height is above the ellipsoid; None: not told."""


class CaptureFile(Model):
    """One file. Widths and heights are those of the upright image."""

    path: str
    kind: FileKind
    status: FileStatus
    bytes: int
    sha256: str
    """Empty when the file was not read: a link, a pipe, no permission."""
    reason: str | None = None
    notes: list[str] = Field(default_factory=list)
    width_px: int | None = None
    height_px: int | None = None
    orientation: int | None = None
    camera: str | None = None
    camera_group: str | None = None
    """Photos with the same group share one camera model: folder, camera, size and focal length."""
    focal_px: float | None = None
    """Focal length in pixels of the upright image, from EXIF; None when EXIF does not tell."""
    taken: str | None = None
    gps: GpsFix | None = None
    up_in_camera: Vector3 | None = None
    """Up as a drone's gimbal measured it: unit vector, x right, y down, z forward."""
    gpano: dict[str, str | float | bool] | None = None
    sharpness: float | None = None
    clipped_dark: float | None = None
    clipped_light: float | None = None
    duplicate_of: str | None = None
    points: int | None = None
    """Points of a scan file, those marked as invalid counted."""
    stations: int | None = None
    """Scans in a scan file."""
    crs: str | None = None
    """What a scan file tells of its coordinate system."""
    model: str | None = None
    """Id of the model that the file is, or that it belongs to: materials, pictures, buffers."""
    model_format: str | None = None
    """'GLB', 'glTF', 'OBJ' or 'PLY', by its content."""
    faces: int | None = None
    """Triangles of a model; absent for one that moves."""
    moves: bool | None = None
    """Whether a model has animations, skins or morph targets: it is kept as it is."""
    bounds_min: Vector3 | None = None
    """Least corner of a model's box, in its file's own coordinates."""
    bounds_max: Vector3 | None = None
    """Greatest corner of that box."""


class Inventory(Model):
    """All files of a capture folder, sorted by path. Holds no absolute path."""

    version: str = "1.0"
    site_id: str
    folder: str | None = None
    """The captures' own name, with its accents: the title of a site without site.yaml."""
    layout: str
    """'standard' (design section 3), or what a bare folder was taken as: 'photos', ..."""
    files: list[CaptureFile]
    expected_overlap: float | None = None
    """Median share of a photo's content found again in its best neighbour, 0 to 1."""
    warnings: list[str] = Field(default_factory=list)

    def usable(self, kind: FileKind) -> list[CaptureFile]:
        """The files of a kind that can be used, sorted by path."""
        wanted = (kind, FileStatus.used)
        return [file for file in self.files if (file.kind, file.status) == wanted]

    def usable_photos(self) -> list[CaptureFile]:
        """The photos that reconstruction works on, sorted by path."""
        return self.usable(FileKind.photo)

    def usable_panoramas(self) -> list[CaptureFile]:
        """The equirectangular panoramas that can be used, sorted by path."""
        return self.usable(FileKind.panorama)

    def usable_scans(self) -> list[CaptureFile]:
        """The scan files that can be used, sorted by path."""
        return self.usable(FileKind.scan)

    def usable_models(self) -> list[CaptureFile]:
        """The models made elsewhere that can be used, sorted by path, without their pictures."""
        return self.usable(FileKind.model)

    def panorama_sets(self) -> dict[str, list[CaptureFile]]:
        """Files of the sets to stitch, by the folder of one standpoint, both sorted."""
        sets: dict[str, list[CaptureFile]] = {}
        for file in sorted(self.files, key=lambda file: file.path):
            if (file.kind, file.status) == (FileKind.panorama_set, FileStatus.used):
                sets.setdefault(file.path.rpartition("/")[0], []).append(file)
        return sets
