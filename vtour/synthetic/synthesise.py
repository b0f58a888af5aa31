"""Make the sample site: a folder as a contractor hands it in, and the truth beside it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.files import remove, resource_errors
from vtour.progress import Progress, no_progress, part_of
from vtour.synthetic import truth
from vtour.synthetic.cameras import Camera
from vtour.synthetic.courtyard import build_site
from vtour.synthetic.exif import exif_of
from vtour.synthetic.images import photo_of
from vtour.synthetic.options import SYNTHETIC_DEFAULTS, SyntheticOptions, plan_of
from vtour.synthetic.render import Scene
from vtour.synthetic.survey import survey_cameras

EXPOSURE_JITTER_EV = 0.08
JPEG_QUALITY = 93


@dataclass(frozen=True)
class SyntheticReport:
    """What was written."""

    out: Path
    photos: int
    files: int
    bytes_written: int


def synthesise_site(
    out: Path,
    options: SyntheticOptions = SYNTHETIC_DEFAULTS,
    progress: Progress = no_progress,
) -> SyntheticReport:
    """Write the captures and truth of the sample site into the new folder ``out``.

    Everything goes to a folder beside ``out`` first and is renamed at the end. Raises
    InputError when ``out`` exists and is not an empty folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: exists and is not empty, expected a new or an empty folder")
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    with resource_errors(out):
        try:
            temporary.mkdir(parents=True)
            photos = _write_all(temporary, options, progress)
            if out.exists():
                out.rmdir()
            temporary.rename(out)
        finally:
            remove(temporary)
    files = [path for path in out.rglob("*") if path.is_file()]
    return SyntheticReport(out, photos, len(files), sum(path.stat().st_size for path in files))


def _write_all(out: Path, options: SyntheticOptions, progress: Progress) -> int:
    plan = plan_of(options)
    site = build_site()
    scene = Scene(site)
    cameras = survey_cameras(options, plan)
    take_photos(out, scene, cameras, options.seed, part_of(progress, 0.05, 0.7))
    truth.write_cameras(out / "truth", cameras)
    truth.write_mesh(out / "truth" / "mesh.ply", site)
    progress(1.0, "done")
    return len(cameras)


def take_photos(
    out: Path, scene: Scene, cameras: list[Camera], seed: int, progress: Progress
) -> None:
    """Render and write every photo with its EXIF."""
    for number, camera in enumerate(cameras):
        rng = np.random.default_rng([seed, 2, number])
        exif = exif_of(camera, number, rng)
        exposure = float(rng.uniform(-EXPOSURE_JITTER_EV, EXPOSURE_JITTER_EV))
        image, _ = photo_of(scene, camera, rng, exposure_ev=exposure)
        path = out / camera.file
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path, quality=JPEG_QUALITY, subsampling=0, exif=exif)
        progress((number + 1) / len(cameras), camera.file)
