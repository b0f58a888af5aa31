"""Photos tied to laser scans: the synthetic site against its truth, and scans of other places.

    python -m benchmarks.accuracy.scan_to_photos WORK CAPTURES [CASE...]

WORK holds the site's ``sfm/`` and ``inventory.json`` (vtour build), CAPTURES its captures with
``truth/``. Stations come with their true poses, so that only the tie is measured. Cases:

colour, intensity : all three stations, with colours, or with these left out
one, one-intensity : one station
moved             : all stations turned and shifted by the same unknown amount
merged            : scans/merged.las, which names no mirror
panoramas         : a model of panoramas alone (a site that has some)
guess             : no colours and no intensity, from a place 0.5 m, 3 % and 3 degrees off
lion, room        : scans of other places: must be refused (lion: VTOUR_DATA)

centres_*_mm : distance of camera centres to the truth; best_median_mm: with the similarity that
    fits these centres best; scale_ppm and turn_deg: from that one, beside the sigmas stated
cpu_s        : of the tie, without reading E57; rss_mib: peak of the process
"""

import json
import math
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from benchmarks.machine import append_results, real_captures
from vtour.clouds.store import PointStore, write_store
from vtour.errors import CaptureError
from vtour.frames import FloatArray, enu_from_world, matrix_from_columns, transform_points
from vtour.panorama_sources import panorama_sources
from vtour.workspace import Workspace
from vtour.world.model import SparseModel
from vtour.world.scan_photos import image_reader
from vtour.world.scan_tie import Guess, Scans, ScanTie, scan_from_sfm
from vtour.world.similarity import Similarity, similarity_from_points

CASES = (
    "colour", "intensity", "one", "one-intensity", "moved", "merged", "panoramas", "guess",
    "lion", "room",
)  # fmt: skip


def main() -> None:
    work = Workspace(Path(sys.argv[1]), Path(sys.argv[2]))
    model = SparseModel.read(work.sfm)
    for case in sys.argv[3:] or CASES:
        with tempfile.TemporaryDirectory() as folder:
            row = measured(case, work, model, Path(folder))
        if row is not None:
            append_results("scan-to-photos", [row])


def measured(
    case: str, work: Workspace, model: SparseModel, folder: Path
) -> dict[str, object] | None:
    """One row, None when the captures hold nothing for it."""
    captures = work.captures
    if captures is None:
        raise CaptureError("no captures")
    truth = true_centres(captures)
    if case == "panoramas":
        if not model.is_sphere.any():
            return None
        model = panoramas_alone(work)
    scans, scan_from_enu = scans_of(case, captures, folder)
    if scans is None:
        return None
    panoramas = {one.name: one for one in panorama_sources(work)}
    rows = [n for n, name in enumerate(model.names) if name in truth]
    in_sfm = model.centres_in_sfm[rows]
    in_scan = transform_points(
        scan_from_enu, np.array([truth[model.names[row]] for row in rows]).reshape(-1, 3)
    )
    best = similarity_from_points(in_scan, in_sfm)
    guesses = [wrong_guess(best, in_sfm)] if case == "guess" else []
    started = time.process_time()
    tie, reason = scan_from_sfm(model, scans, image_reader(work, panoramas), guesses)
    return {
        "site": captures.parent.name,
        "case": case,
        "images": len(model.names),
        "stations": len(scans.poses),
        "points": sum(store.count for store in scans.stores),
        "tied": tie is not None,
        **figures(tie, best, in_sfm, in_scan),
        "cpu_s": round(time.process_time() - started, 1),
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reason": reason,
    }


def figures(
    tie: ScanTie | None, best: Similarity, in_sfm: FloatArray, in_scan: FloatArray
) -> dict[str, object]:
    """What is written of a tie; empty columns when there is none."""
    names = (
        "matches", "agreeing", "on_surface", "by_chance", "in_air", "scan_to_photos_mm",
        "centres_median_mm", "centres_max_mm", "best_median_mm", "scale_ppm", "scale_sigma_ppm",
        "turn_deg", "turn_sigma_deg", "position_sigma_mm",
    )  # fmt: skip
    if tie is None:
        return dict.fromkeys(names, "")
    fit = tie.scan_from_sfm
    off = 1000 * np.linalg.norm(fit.apply(in_sfm) - in_scan, axis=1)
    least = 1000 * np.linalg.norm(best.apply(in_sfm) - in_scan, axis=1)
    turn = np.linalg.norm(Rotation.from_matrix(best.rotation.T @ fit.rotation).as_rotvec())
    values = (
        tie.matches, tie.agreeing, round(tie.on_surface, 3), round(tie.by_chance, 3),
        round(tie.in_air, 4), round(1000 * tie.median_m, 2), round(float(np.median(off)), 2),
        round(float(off.max()), 2), round(float(np.median(least)), 2),
        round(1e6 * (fit.scale / best.scale - 1)), round(1e6 * tie.scale_sigma),
        round(math.degrees(turn), 4), round(math.degrees(tie.rotation_sigma), 4),
        round(1000 * tie.position_sigma_m, 2),
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def true_centres(captures: Path) -> dict[str, FloatArray]:
    """Centres (3,) in ENU of photos and panoramas, by the names of the model's images."""
    cameras = json.loads((captures / "truth" / "cameras.json").read_text())["cameras"]
    found = {one["file"]: enu_from_world(np.array(one["centre"])) for one in cameras}
    spheres = json.loads((captures / "truth" / "panoramas.json").read_text())["panoramas"]
    for one in spheres:
        pose = matrix_from_columns(one["world_from_pano"])
        found[one["file"]] = enu_from_world(pose[:3, 3])
    return found


def panoramas_alone(work: Workspace) -> SparseModel:
    """The model without its photos; points keep the places that photos helped to find."""
    import pycolmap

    model = pycolmap.Reconstruction(work.sfm)
    for frame_id in sorted(model.reg_frame_ids()):
        ids = [data.id for data in model.frames[frame_id].image_ids]
        if not any(model.images[one].camera.is_spherical() for one in ids):
            model.deregister_frame(frame_id)
    return SparseModel.of(model)


def wrong_guess(best: Similarity, in_sfm: FloatArray) -> Guess:
    """A place 0.5 m, 3 % and 3 degrees off."""
    turn = Rotation.from_euler("z", 3.0, degrees=True).as_matrix()
    rotation, scale = turn @ best.rotation, 1.03 * best.scale
    middle = in_sfm.mean(axis=0)
    shift = best.apply(middle) + np.array([0.3, -0.3, 0.25]) - scale * rotation @ middle
    return Guess(Similarity(scale, rotation, shift), 1.0, 0.04, 0.08)


def scans_of(case: str, captures: Path, folder: Path) -> tuple[Scans | None, FloatArray]:
    """The scans of a case, and scan_from_enu (4, 4)."""
    if case == "lion":
        return lion(folder), np.eye(4)
    if case == "room":
        return room(folder), np.eye(4)
    if case == "merged":
        return merged(captures, folder), np.eye(4)
    which = [1] if case.startswith("one") else [0, 1, 2]
    stations = json.loads((captures / "truth" / "stations.json").read_text())["stations"]
    enu = [matrix_from_columns(stations[number]["enu_from_station"]) for number in which]
    columns = {"intensity": ("intensity",), "one-intensity": ("intensity",), "guess": ()}
    kept = columns.get(case, ("rgb",))
    stores = [
        read_station(captures / "scans" / "stations.e57", number, folder / str(number), kept)
        for number in which
    ]
    scan_from_enu = np.asarray(np.linalg.inv(enu[0]), np.float64)
    if case == "moved":
        moved = np.eye(4)
        moved[:3, :3] = Rotation.random(rng=np.random.default_rng(4)).as_matrix()
        moved[:3, 3] = [120.0, -340.0, 55.0]
        scan_from_enu = moved @ scan_from_enu
    poses = [scan_from_enu @ one for one in enu]
    return Scans(poses, stores, [True] * len(stores)), scan_from_enu


def read_station(path: Path, number: int, folder: Path, kept: tuple[str, ...]) -> PointStore:
    """One scan of the synthetic E57 as a store."""
    import pye57

    raw = pye57.E57(str(path)).read_scan_raw(number)
    xyz = np.stack([raw[f"cartesian{axis}"] for axis in "XYZ"], axis=1)
    rgb = np.stack([raw[f"color{name}"] for name in ("Red", "Green", "Blue")], axis=1)
    columns: dict[str, NDArray[Any]] = {
        "xyz": xyz.astype(np.float32),
        "rgb": rgb.astype(np.uint8),
        "intensity": np.rint(65535 * raw["intensity"]).astype(np.uint16),
    }
    return write_store(folder, {name: columns[name] for name in ("xyz", *kept)})


def merged(captures: Path, folder: Path) -> Scans:
    """The thinned union of all stations, brought back to ENU."""
    import laspy
    import pyproj

    from vtour.frames import ecef_from_geodetic, enu_axes_in_ecef
    from vtour.synthetic.options import ANCHOR

    las = laspy.read(captures / "scans" / "merged.las")
    to_ecef = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +inv +proj=utm +zone=48 +ellps=WGS84 +step +proj=cart +ellps=WGS84"
    )
    ecef = np.stack(to_ecef.transform(*np.asarray(las.xyz).T), axis=1)
    enu = (ecef - ecef_from_geodetic(*ANCHOR)) @ enu_axes_in_ecef(ANCHOR[0], ANCHOR[1]).T
    rgb = np.stack([las.red, las.green, las.blue], axis=1) // 256
    columns: dict[str, NDArray[Any]] = {
        "xyz": enu.astype(np.float32),
        "rgb": rgb.astype(np.uint8),
    }
    return Scans([np.eye(4)], [write_store(folder / "merged", columns)], [False])


def lion(folder: Path) -> Scans | None:
    """A statue, as if seen from three mirrors around it."""
    import laspy

    data = real_captures("scans")
    if data is None:
        return None
    las = laspy.read(data / "lion.copc.laz")
    xyz = np.asarray(las.xyz) - np.asarray(las.xyz).mean(axis=0)
    rgb = np.stack([las.red, las.green, las.blue], axis=1)
    rgb = (rgb // 256 if rgb.max() > 255 else rgb).astype(np.uint8)
    poses, stores = [], []
    for number, centre in enumerate(([6.0, 0.0, 0.5], [-6.0, 1.0, 0.5], [0.0, -7.0, 0.3])):
        pose = np.eye(4)
        pose[:3, 3] = centre
        poses.append(pose)
        columns = {"xyz": (xyz - centre).astype(np.float32), "rgb": rgb}
        stores.append(write_store(folder / str(number), columns))
    return Scans(poses, stores, [True] * len(stores))


def room(folder: Path) -> Scans:
    """A closed room of 8 x 6 x 3.3 m with mottled walls, from two places."""
    import cv2

    rng = np.random.default_rng(3)
    mottle = rng.integers(0, 255, (200, 200)).astype(np.uint8)
    texture = cv2.resize(mottle, (2000, 2000), interpolation=cv2.INTER_CUBIC)
    poses, stores = [], []
    for number in range(2):
        pose = np.eye(4)
        pose[:3, 3] = [1.5 * number - 1, 0.3, 0.0]
        rays = rng.normal(size=(400_000, 3))
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        low, high = [-4, -3, -1.5] - pose[:3, 3], [4, 3, 1.8] - pose[:3, 3]
        xyz = rays * np.where(rays > 0, high / rays, low / rays).min(axis=1)[:, None]
        cells = (37 * (xyz + pose[:3, 3])).astype(int)
        rows, columns = cells[:, 0] * 3 + cells[:, 2] * 7, cells[:, 1] * 3 + cells[:, 2] * 5
        grey = texture[rows % 2000, columns % 2000]
        rgb = np.repeat(grey[:, None], 3, axis=1)
        stores.append(
            write_store(folder / str(number), {"xyz": xyz.astype(np.float32), "rgb": rgb})
        )
        poses.append(pose)
    return Scans(poses, stores, [True] * len(stores))


if __name__ == "__main__":
    main()
