"""Sparse scans: the next ray of a corridor's wall or a floor is metres farther on."""

import numpy as np
import pytest

from tests.scan.scanned_rooms import COLONNADE, CORRIDOR, pose, scan_within, work_of
from vtour.progress import no_progress
from vtour.scan.register import REGISTER_DEFAULTS, thin_stations
from vtour.scan.registration.pairwise import Limits, judge
from vtour.station_files import read_station_list

HERE = pose(1.5, 0, 1.6, 10.0, (0.3, -0.2))
THERE = {
    "corridor": (CORRIDOR, 15.0, pose(4.5, 0.4, 1.7, 120.0, (-0.2, 0.4))),
    "colonnade": (COLONNADE, 20.0, pose(8.2, 0.4, 1.7, 120.0, (-0.2, 0.4))),
}


@pytest.mark.parametrize("scene", THERE)
def test_a_sparse_scan_does_not_contradict_its_true_pose(tmp_path, scene) -> None:
    boxes, reach_m, there = THERE[scene]
    clouds = [scan_within(boxes, place, reach_m, seed) for seed, place in enumerate([HERE, there])]
    stations = read_station_list(work_of(tmp_path, clouds).scan_list)
    a, b = thin_stations(work_of(tmp_path, clouds), stations, REGISTER_DEFAULTS, no_progress)
    truth = np.linalg.inv(HERE) @ there
    evidence, why_not = judge(a, b, truth, Limits(), 0.002)
    assert why_not == ""
    assert evidence.crossed < 0.02
    assert evidence.agreed > 0.97
    across = truth.copy()
    across[:3, 3] += HERE[:3, :3].T @ [0.0, 0.5, 0.0]
    evidence, why_not = judge(a, b, across, Limits(), 0.002)
    assert why_not
    assert evidence.crossed > 0.12
