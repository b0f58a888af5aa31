"""Make the sample site: a folder as a contractor hands it in, and the truth beside it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from vtour.files import new_folder, write_text
from vtour.progress import Progress, no_progress, part_of
from vtour.synthetic import truth
from vtour.synthetic.cameras import Camera
from vtour.synthetic.control import control_csv, marks_csv, marks_of
from vtour.synthetic.courtyard import Site, build_site
from vtour.synthetic.e57 import write_e57
from vtour.synthetic.exif import exif_of
from vtour.synthetic.images import photo_of
from vtour.synthetic.options import SYNTHETIC_DEFAULTS, Plan, SyntheticOptions, plan_of
from vtour.synthetic.panoramas import STANDPOINTS, set_cameras, write_panoramas, write_set
from vtour.synthetic.render import Scene
from vtour.synthetic.scans import STATIONS, scan_from, write_las
from vtour.synthetic.site import Placed, hotspots_of, site_record
from vtour.synthetic.survey import survey_cameras

SCAN_FILE = "scans/stations.e57"
EXPOSURE_JITTER_EV = 0.08
JPEG_QUALITY = 93


@dataclass(frozen=True)
class SyntheticReport:
    """What was written."""

    photos: int
    panoramas: int
    set_photos: int
    scan_points: int
    control_points: int
    marks: int
    bytes_written: int = 0


def synthesise_site(
    out: Path,
    options: SyntheticOptions = SYNTHETIC_DEFAULTS,
    progress: Progress = no_progress,
) -> SyntheticReport:
    """Write the captures and truth of the sample site into the new folder ``out``.

    Everything goes to a folder beside ``out`` first and is renamed at the end. Raises
    InputError when ``out`` exists and is not an empty folder.
    """
    with new_folder(out) as temporary:
        report = _write_all(temporary, options, progress)
    files = [path for path in out.rglob("*") if path.is_file()]
    return replace(report, bytes_written=sum(path.stat().st_size for path in files))


def _write_all(out: Path, options: SyntheticOptions, progress: Progress) -> SyntheticReport:
    plan, seed = plan_of(options), options.seed
    site = build_site()
    scene = Scene(site)
    cameras = survey_cameras(options, plan)
    around = set_cameras(plan, seed)
    progress(0.05, "site modelled")
    take_photos(out, scene, cameras, seed, part_of(progress, 0.05, 0.75))
    write_panoramas(out, scene, plan, seed, part_of(progress, 0.75, 0.85))
    write_set(out, scene, around, seed, part_of(progress, 0.85, 0.92))
    scan_points = _write_scans(out, scene, plan, seed, part_of(progress, 0.92, 1.0))
    marks = marks_of(scene, site.targets, cameras, seed)
    spots = hotspots_of(scene, cameras)
    write_text(out / "control.csv", control_csv(site.targets, marks, seed))
    write_text(out / "marks.csv", marks_csv(marks))
    write_text(out / "site.yaml", yaml_text(site_record(spots)))
    _write_truth(out / "truth", site, cameras, around, spots)
    return SyntheticReport(
        photos=len(cameras),
        panoramas=len(STANDPOINTS),
        set_photos=len(around),
        scan_points=scan_points,
        control_points=len({mark.label for mark in marks}),
        marks=len(marks),
    )


def yaml_text(record: dict[str, Any]) -> str:
    """YAML in the order of the record."""
    return yaml.safe_dump(record, allow_unicode=True, sort_keys=False, width=100)


def _write_scans(out: Path, scene: Scene, plan: Plan, seed: int, progress: Progress) -> int:
    clouds = []
    for number, station in enumerate(STATIONS):
        rng = np.random.default_rng([seed, 8, number])
        clouds.append(scan_from(scene, station, plan.scan_columns, rng))
        progress((number + 1) / len(STATIONS), station.name)
    write_e57(out / SCAN_FILE, list(STATIONS), clouds, seed)
    write_las(out / "scans" / "merged.las", clouds, plan.las_voxel_m)
    return sum(len(cloud.points) for cloud in clouds)


def _write_truth(
    folder: Path, site: Site, cameras: list[Camera], around: list[Camera], spots: list[Placed]
) -> None:
    truth.write_cameras(folder, cameras)
    truth.write_panorama_poses(folder, list(STANDPOINTS), around)
    truth.write_stations(folder, list(STATIONS), SCAN_FILE)
    truth.write_targets(folder, site.targets, {spot.record["id"]: spot.position for spot in spots})
    truth.write_mesh(folder / "mesh.ply", site)


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
