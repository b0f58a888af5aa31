"""How well the photos of the sample site cover it: the frame that its accuracy is judged in.

    python -m benchmarks.accuracy.coverage [--size full] [--captures FOLDER]

Surface counts when somebody who stands anywhere in the courtyard sees it within 75 degrees of its
normal (eyes at 1.6 m, on a grid of two metres); a photo counts within the same angle. Ground
sampling distance is the size of a photo's pixel at a place, seen straight on: from the nearest
photo, and from the third nearest, which is what stereo has.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.machine import append_results
from vtour.synthetic.coverage import LEAST_PHOTOS, MAX_ANGLE_DEG, Samples, sample_surface, seen_by
from vtour.synthetic.layout import HALF_X_M, HALF_Z_M
from vtour.synthetic.options import Size, SyntheticOptions
from vtour.synthetic.render import RayMesh
from vtour.synthetic.synthesise import synthesise_site
from vtour.synthetic.truth import load_mesh, load_truth

EYES_M, GRID_M, STEP_M = 1.6, 2.0, 0.05
GSD_MM = 6.0
LEAST_COSINE = np.cos(np.radians(MAX_ANGLE_DEG))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=[size.value for size in Size], default="full")
    parser.add_argument("--captures", type=Path, help="made before, by vtour synthetic")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        captures = arguments.captures
        if captures is None:
            captures = Path(folder) / "captures"
            synthesise_site(captures, SyntheticOptions(size=Size(arguments.size)))
        append_results("coverage", [measured(captures, arguments.size)])


def measured(captures: Path, size: str) -> dict[str, object]:
    truth = load_truth(captures / "truth")
    vertices, faces = load_mesh(truth.mesh_path)
    scene = RayMesh(vertices, faces)
    samples = sample_surface(vertices, faces, STEP_M)
    samples = visible(scene, samples)
    distances = np.full((len(samples.points), len(truth.cameras)), np.inf)
    for number, camera in enumerate(truth.cameras):
        seen = seen_by(scene, samples, camera)
        away = np.linalg.norm(samples.points[seen] - camera.centre, axis=1)
        distances[seen, number] = 1000 * away / camera.lens.focal_px
    gsd = np.sort(distances, axis=1)
    third = gsd[:, LEAST_PHOTOS - 1]
    return {
        "size": size,
        "photos": len(truth.cameras),
        "samples": len(samples.points),
        "in_3_photos": round(float(np.isfinite(third).mean()), 4),
        "in_1_photo": round(float(np.isfinite(gsd[:, 0]).mean()), 4),
        "gsd_nearest_median_mm": round(float(np.median(gsd[:, 0])), 2),
        "gsd_third_median_mm": round(float(np.median(third)), 2),
        "gsd_nearest_within_6_mm": round(float((gsd[:, 0] <= GSD_MM).mean()), 4),
        "gsd_third_within_6_mm": round(float((third <= GSD_MM).mean()), 4),
    }


def visible(scene: RayMesh, samples: Samples) -> Samples:
    """The samples that some standpoint sees well enough."""
    east = np.arange(-HALF_X_M + 1, HALF_X_M, GRID_M)
    south = np.arange(-HALF_Z_M + 1, HALF_Z_M, GRID_M)
    seen = np.zeros(len(samples.points), bool)
    for x in east:
        for z in south:
            left = np.flatnonzero(~seen)
            way = np.array([x, EYES_M, z]) - samples.points[left]
            distance = np.linalg.norm(way, axis=1)
            facing = np.einsum("ij,ij->i", way, samples.normals[left]) > LEAST_COSINE * distance
            left, way, distance = left[facing], way[facing], distance[facing]
            start = samples.points[left] + 0.003 * samples.normals[left]
            reach = scene.first_hits(start, way / distance[:, None])["t_hit"]
            seen[left[reach > distance - 0.05]] = True
    return Samples(samples.points[seen], samples.normals[seen])


if __name__ == "__main__":
    main()
