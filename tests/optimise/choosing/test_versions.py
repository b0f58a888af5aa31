"""Which versions are made, and which are left out."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from vtour.errors import OptionError
from vtour.optimise.choosing.versions import STEPS, Made, VersionMaker, VersionOptions, steps_for

MB = 1_000_000


@dataclass
class Planned:
    """A version with given measures."""

    step: object
    path: object
    bytes: int
    ssim: float
    faces: int
    texture_px: int
    left_out: list = field(default_factory=list)

    @property
    def looks(self):
        return SimpleNamespace(ssim=self.ssim)


class Planner(VersionMaker):
    """Makes what it is told: {name: (bytes, SSIM)}."""

    def __init__(self, plan, sizes=None):
        self.options, self.plan, self.made = VersionOptions(), plan, []
        self.sizes, self.asked = sizes or {}, {}

    def make(self, step, path, progress=None):
        self.made.append(step.name)
        self.asked[step.name] = step.faces
        path.write_bytes(b"glTF")
        size, ssim = self.plan[step.name]
        size = round(size)
        faces, px = self.sizes.get(step.name, (step.faces, step.texture_px))
        return Planned(step, path, size, ssim, faces, px)


def versions_of(tmp_path, plan, sizes=None):
    maker = Planner(plan, sizes)
    versions = maker.make_all(STEPS, lambda step: tmp_path / step.name)
    names = [version.step.name for version in versions]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    return maker, versions, names


def test_each_finer_one_is_larger_and_all_stay(tmp_path):
    plan = {"thumb": (0.2 * MB, 0.9), "medium": (0.7 * MB, 0.95), "high": (2 * MB, 0.98)}
    maker, _, names = versions_of(tmp_path, plan)
    assert names == ["thumb", "medium", "high"]
    assert maker.made == ["high", "medium", "thumb"]


def test_what_a_finer_one_does_in_no_more_bytes_is_not_even_tried(tmp_path):
    """high keeps the 1.5 MB of medium, reaches the target, and is not much heavier to draw."""
    plan = {"thumb": (0.2 * MB, 0.9), "high": (0.5 * MB, 0.98)}
    maker, versions, names = versions_of(tmp_path, plan, {"high": (24_000, 2048)})
    assert names == ["thumb", "high"] and "medium" not in maker.made
    assert versions[1].left_out == ["medium is left out: nothing smaller looks as good"]


def test_a_version_of_many_texels_leaves_room_for_one_of_few(tmp_path):
    plan = {"thumb": (0.2 * MB, 0.9), "medium": (0.4 * MB, 0.95), "high": (0.5 * MB, 0.98)}
    _, _, names = versions_of(tmp_path, plan, {"high": (24_000, 4096)})
    assert names == ["thumb", "medium", "high"]


def test_a_version_larger_than_a_finer_one_is_left_out(tmp_path):
    plan = {"thumb": (0.2 * MB, 0.9), "medium": (1.4 * MB, 0.95), "high": (1.5 * MB, 0.98)}
    _, versions, names = versions_of(tmp_path, plan | {"low": (0.5 * MB, 0.93)})
    assert names == ["thumb", "low", "high"]
    assert versions[-1].left_out == ["medium is left out: 1,400,000 bytes, high has 1,500,000"]


def test_highest_is_made_where_high_misses_and_stands_for_it_when_it_is_smaller(tmp_path):
    plan = {
        "thumb": (0.2 * MB, 0.8),
        "low": (0.5 * MB, 0.9),
        "medium": (0.9 * MB, 0.93),
        "high": (1.7 * MB, 0.974),
        "highest": (1.1 * MB, 0.98),
    }
    maker, versions, names = versions_of(tmp_path, plan, {"highest": (75_000, 4096)})
    assert names == ["thumb", "low", "medium", "highest"]
    assert maker.made == ["high", "highest", "medium", "thumb", "low"]
    assert versions[-1].left_out == ["high is left out: 1,700,000 bytes, highest has 1,100,000"]


def test_a_version_stays_where_only_one_of_far_more_texels_is_smaller(tmp_path):
    plan = {"thumb": (0.2 * MB, 0.8), "medium": (0.9 * MB, 0.93), "high": (1.7 * MB, 0.974)}
    plan |= {"low": (0.5 * MB, 0.9), "highest": (1.1 * MB, 0.98)}
    _, _, names = versions_of(tmp_path, plan, {"highest": (75_000, 8192)})
    assert names == ["thumb", "low", "medium", "high", "highest"]


def test_few_faces_of_a_finer_one_are_no_budget_of_a_coarser_one(tmp_path):
    """high needs 17,000 faces: medium is asked for as many, and judged by its own 60,000."""
    plan = {"thumb": (0.2 * MB, 0.9), "medium": (0.4 * MB, 0.95), "high": (0.9 * MB, 0.97)}
    plan["highest"] = (2 * MB, 0.98)
    maker, versions, _ = versions_of(tmp_path, plan, {"high": (17_000, 2048)})
    assert maker.asked["medium"] == maker.asked["thumb"] == 17_000
    assert [version.step for version in versions] == [
        step for step in STEPS if step.name in {version.step.name for version in versions}
    ]


def test_thumb_stays_whatever_it_weighs(tmp_path):
    plan = {"thumb": (0.2 * MB, 0.9), "high": (0.1 * MB, 0.99)}
    _, _, names = versions_of(tmp_path, plan, {"high": (10_000, 512)})
    assert names == ["thumb", "high"]


def test_asked_for_faces():
    steps = steps_for(VersionOptions(faces=50_000))
    assert [step.name for step in steps] == ["thumb", "low", "medium", "high"]
    assert [step.faces for step in steps] == [20_000, 30_000, 50_000, 50_000]
    assert steps[-1].exact and not steps[0].exact

    many = steps_for(VersionOptions(faces=300_000))[-1]
    assert (many.name, many.faces, many.exact, many.made) == ("highest", 300_000, True, Made.always)


def test_asked_for_an_error():
    *coarser, finest = steps_for(VersionOptions(error=0.01))
    assert coarser == list(STEPS[:-1])
    assert (finest.name, finest.error, finest.exact, finest.made) == (
        "highest",
        0.01,
        True,
        Made.always,
    )


def test_faces_or_an_error():
    with pytest.raises(OptionError, match="expected one of them"):
        VersionOptions(faces=10, error=0.1)
    assert steps_for(VersionOptions()) == list(STEPS)
