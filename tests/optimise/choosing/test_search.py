"""The search, on subjects whose bytes and looks are formulas."""

import itertools

import pytest

from vtour.glb.pictures import PictureFormat
from vtour.optimise.choosing.search import first_found, refined
from vtour.optimise.choosing.subject import Sizes
from vtour.optimise.looks.quality import Goal, Try
from vtour.optimise.writing.write_web import WebOptions

FACES = 100_000


class Formula:
    """5 bytes a face; what is lost adds up: faces, texels, quality."""

    way, textured, notes = "kept", True, []

    def __init__(self, faces=FACES, lost_by_faces=0.004, side=0, log=None):
        self.faces, self.lost_by_faces = faces, lost_by_faces
        self.largest = Sizes(2048, side)
        self.web = WebOptions(pictures=PictureFormat.webp)
        self.geometry_bytes = 5 * faces
        self.log = [] if log is None else log

    def tried(self, sizes, quality, progress=None):
        lost = self.lost_by_faces * FACES / self.faces
        lost += 0.002 * 2048 / sizes.px + 0.0004 * (95 - quality)
        if sizes.side_px:
            lost += 0.0001 * 2048 / sizes.side_px
        texels = sizes.px**2 + sizes.side_px**2
        size = self.geometry_bytes + int(texels * 0.12 * 1.03 ** (quality - 60))
        self.log.append(Try(quality, 1 - lost, size, *(sizes.px, sizes.side_px), self.faces))
        return self.log[-1]

    def with_faces(self, faces):
        return Formula(faces, self.lost_by_faces, self.largest.side_px, self.log)


def found(subject, goal, most_px=8192, beaten=None):
    first = first_found(subject, goal, most_px, beaten)
    return refined(first, goal, lambda each, faces: each.subject.with_faces(faces)).chosen


@pytest.mark.parametrize("lost_by_faces", [0.0005, 0.002, 0.008, 0.012])
@pytest.mark.parametrize("side", [0, 2048])
def test_about_as_small_as_all_that_could_be_tried(lost_by_faces, side):
    subject, goal = Formula(lost_by_faces=lost_by_faces, side=side), Goal(0.98, 10**8)
    chosen = found(subject, goal)

    every = Formula(lost_by_faces=lost_by_faces, side=side)
    for share, scale, small, quality in itertools.product(
        (1, 0.7, 0.5, 0.35, 0.25, 0.12), (1, 0.71, 0.5, 0.35), (1, 0.5, 0.25), range(20, 96, 3)
    ):
        px = round(2048 * scale)
        sizes = Sizes(px, round(px * small) if side else 0)
        every.with_faces(round(share * FACES)).tried(sizes, quality)
    assert goal.reached(chosen)
    assert chosen.bytes < 1.15 * goal.best(every.log).bytes
    assert len(subject.log) < 32


def test_out_of_reach_is_as_it_is():
    """No quality reaches it, bytes there are enough: fewer faces would only look worse."""
    subject = Formula(lost_by_faces=0.03)
    chosen = found(subject, Goal(0.98, 10**8))

    assert (chosen.faces, chosen.texture_px, chosen.quality) == (FACES, 2048, 95)
    assert len(subject.log) <= 3


def test_within_few_bytes_what_looks_best():
    goal = Goal(0.999, 400_000)
    chosen = found(Formula(faces=30_000, lost_by_faces=0.001), goal)
    assert chosen.bytes <= goal.bytes
    assert chosen.ssim > 0.97


def test_no_texture_is_larger_than_asked_for():
    assert found(Formula(), Goal(0.9, 10**8), most_px=512).texture_px <= 512


def test_what_cannot_win_is_dropped():
    subject = Formula(lost_by_faces=0.03)
    first_found(subject, Goal(0.98, 10**8), 8192, beaten=Try(80, 0.98, 600_000))
    assert len(subject.log) == 1
