import numpy as np

from tests.scan.scan_scenes import pose, scan_room
from vtour.scan.cleaning.people import (
    ACROSS_M,
    THERE,
    THROUGH,
    UNKNOWN,
    Witness,
    looked_at,
    mark_cells,
    wide_parts,
)
from vtour.scan.range_image import FINER, blank, fill_ranges, look_image, width_of

HERE, OTHER = pose((-2.0, 1.6, 0.5), 20), pose((2.5, 1.5, -1.0), 250)
PERSON = (0.2, 1.0, 0.25)


def witness_of(points, world_from_other, world_from_station, margin_m=0.1):
    width = width_of(points, len(points))
    image = blank(width)
    fill_ranges(image, points)
    look = look_image(image, 3, 3.5 * FINER, 0.012, 4096)
    other_from_station = np.linalg.inv(world_from_other) @ world_from_station
    return Witness(np.ascontiguousarray(other_from_station[:3]), look, margin_m, ACROSS_M, 0.0)


def verdict_of(points, witness, columns=720):
    mask = np.zeros(witness.image.shape, bool)
    verdict = witness.verdicts(points)
    pose_of_points, step = witness.station_from_points, 2 * np.pi / columns
    count, total = mark_cells(mask, points, verdict, pose_of_points, step)
    return looked_at(points, [witness], [wide_parts(mask, total / max(count, 1), 3)])


def test_a_person_that_another_station_looked_past_is_seen_through():
    points, label = scan_room(HERE, cylinders=[PERSON])
    witness = witness_of(scan_room(OTHER)[0], OTHER, HERE)
    through, there = verdict_of(points, witness)
    assert (label == 1).sum() > 1000
    assert through[label == 1].mean() > 0.9
    assert not (through & ~there)[label == 0].any()


def test_a_pillar_that_stands_in_both_scans_is_found_there():
    points, label = scan_room(HERE, cylinders=[PERSON])
    witness = witness_of(scan_room(OTHER, cylinders=[PERSON])[0], OTHER, HERE)
    through, _ = verdict_of(points, witness)
    assert not through.any()
    assert (witness.verdicts(points)[label == 1] == THERE).sum() > 100


def test_a_wire_that_falls_between_the_rays_of_the_other_stays():
    """6 mm thick: the other station's rays are 20 mm apart there, and this one hits it."""
    height, side = np.meshgrid(np.arange(0.2, 1.7, 0.003), [-0.003, 0.0, 0.003])
    wire = np.stack([0.2 + side, height, np.full_like(side, 1.0)], -1).reshape(-1, 3)
    points = ((wire - HERE[:3, 3]) @ HERE[:3, :3]).astype(np.float32)
    witness = witness_of(scan_room(OTHER)[0], OTHER, HERE)
    assert (witness.verdicts(points) == THROUGH).mean() > 0.9
    through, _ = verdict_of(points, witness, columns=5760)
    assert not through.any()


def test_where_nothing_was_returned_nothing_is_known():
    points, _ = scan_room(HERE, cylinders=[PERSON])
    other, _ = scan_room(OTHER)
    level = np.abs(other[:, 2]) < 0.3 * np.linalg.norm(other, axis=1)
    witness = witness_of(other[~level], OTHER, HERE)
    in_gap = points @ HERE[:3, :3].T + HERE[:3, 3]
    in_gap = (np.abs(in_gap[:, 1] - 1.5) < 0.2) & (
        np.hypot(*(in_gap[:, [0, 2]] - PERSON[:2]).T) < 0.4
    )
    assert in_gap.sum() > 50
    assert (witness.verdicts(points[in_gap]) == UNKNOWN).all()


def test_a_station_that_is_a_centimetre_off_looks_through_no_floor():
    points, _ = scan_room(HERE)
    moved = OTHER.copy()
    moved[1, 3] -= 0.012
    witness = witness_of(scan_room(OTHER)[0], moved, HERE)
    assert not verdict_of(points, witness)[0].any()


def test_wide_parts_go_over_the_seam_of_the_azimuth():
    mask = np.zeros((20, 40), bool)
    mask[5:8, [38, 39, 0]] = True
    mask[12:15, [39, 0]] = True
    expected = mask.copy()
    expected[12:15] = False
    assert np.array_equal(wide_parts(mask, 0.5, 3), expected)


def test_gaps_between_the_points_of_a_coarse_scan_are_closed():
    mask = np.zeros((30, 40), bool)
    mask[6:16:2, 6:16:2] = True
    mask[20:30, 30] = True
    wide = wide_parts(mask, 2.0, 3)
    assert wide[6:15, 6:15].all()
    assert not wide[:, 28:].any()
