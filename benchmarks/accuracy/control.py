"""Control points on a simulated flight: check points by the similarity, and bent to the survey.

    python -m benchmarks.accuracy.control

35 photos of 4000 x 2250 px from 60 m, matches and marks of 0.5 px, 9 control points of 1 cm, 8
check points. The lens is solved from a focal length 2 % off, held (as from EXIF) or free, over
ground of 0.5 or 4 m relief; three draws of noise each.

similarity_up_mm, bent_up_mm : RMS error of the check points in height; _level_mm: east and north
used                         : in how many draws the stage took the bent model
cpu_s                        : of the stage's part, four bundle adjustments
"""

import time

import numpy as np

from benchmarks.machine import append_results
from tests.world.flight import check_error, fly, solve_with_focal
from vtour.schema.report import StageReport
from vtour.world.bend import bent_to_control
from vtour.world.gravity import up_from_cameras
from vtour.world.model import SparseModel
from vtour.world.survey_files import Survey
from vtour.world.ties import marked_points

HELD_PX = 2350.0  # the truth is 2400


def main() -> None:
    rows = []
    for free in (False, True):
        for relief_m in (0.5, 4.0):
            draws = [draw(seed, relief_m, free=free) for seed in range(3)]
            before, after, used, cpu_s = (list(values) for values in zip(*draws, strict=True))
            rows.append(
                {
                    "focal": "free" if free else "held",
                    "relief_m": relief_m,
                    "similarity_level_mm": level_mm(before),
                    "similarity_up_mm": up_mm(before),
                    "bent_level_mm": level_mm(after),
                    "bent_up_mm": up_mm(after),
                    "used": sum(used),
                    "cpu_s": round(float(np.mean(cpu_s)), 1),
                }
            )
    append_results("control", rows)


def draw(seed: int, relief_m: float, *, free: bool) -> tuple[np.ndarray, np.ndarray, bool, float]:
    """Check errors (3,) before and after, whether the bent model was taken, CPU seconds."""
    flight = fly(seed, relief_m=relief_m)
    solve_with_focal(flight, HELD_PX, free=free)
    model, report = SparseModel.of(flight.model), StageReport(stage="world")
    gravity = up_from_cameras(model.cam_from_sfm)
    marked = marked_points(Survey(flight.control, [], flight.marks), model, report)
    started = time.process_time()
    bent = bent_to_control(model, flight.control, marked, gravity, report)
    cpu_s = time.process_time() - started
    errors = [check_error(flight, one, gravity) for one in (model, bent)]
    return errors[0], errors[1], bent is not model, cpu_s


def level_mm(errors: list[np.ndarray]) -> float:
    return round(1000 * float(np.sqrt(np.mean(np.square(errors)[:, :2]))), 1)


def up_mm(errors: list[np.ndarray]) -> float:
    return round(1000 * float(np.sqrt(np.mean(np.square(errors)[:, 2]))), 1)


if __name__ == "__main__":
    main()
