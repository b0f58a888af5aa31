"""Predicted memory: worked by hand, and against peaks that were measured."""

import pytest

from vtour.reconstruct.depth import DepthOptions
from vtour.reconstruct.fuse import FuseOptions
from vtour.reconstruct.mesh import MeshOptions
from vtour.reconstruct.needs import (
    depth_bytes,
    depth_need,
    fuse_bytes,
    fuse_need,
    mesh_bytes,
    mesh_need,
    texture_bytes,
    texture_need,
)
from vtour.reconstruct.texture import TextureOptions
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus, Inventory
from vtour.workspace import Workspace

MEGA = 10**6
GIB = 2**30


@pytest.mark.parametrize(
    ("predicted", "by_hand"),
    [
        # 450 MB; 150 B of 1 Mpx; 10 grey images of 1 Mpx; 20 maps of 1 Mpx, 4 B
        (depth_bytes(2 * MEGA, MEGA, 10), (450 + 150 + 10 + 80) * MEGA),
        # a photo of 100 Mpx weighs more than its map
        (depth_bytes(100 * MEGA, MEGA, 10), (450 + 1200 + 10 + 80) * MEGA),
        # a thousand photos: what is kept is limited
        (depth_bytes(10 * MEGA, 5 * MEGA, 1000), (450 + 750) * MEGA + 2 * GIB),
        # 16 B of 10 Mpx; 1.6 million points of 200 B
        (fuse_bytes(10 * MEGA, MEGA, FuseOptions()), (450 + 160 + 320) * MEGA),
        # a thousand photos: what is kept is limited
        (fuse_bytes(1000 * MEGA, MEGA, FuseOptions()), (450 + 2000) * MEGA + GIB),
        # large maps: one and its 20 neighbours, and one more, of 16 B
        (fuse_bytes(1000 * MEGA, 8 * MEGA, FuseOptions()), (450 + 2000 + 2816) * MEGA),
        (mesh_bytes(MEGA, 2 * MEGA), (450 + 150 + 1800) * MEGA),
        # five million points: the surface is limited
        (mesh_bytes(5 * MEGA, 2 * MEGA), (450 + 750 + 2000) * MEGA),
        (mesh_bytes(5 * MEGA, 300_000), (450 + 750 + 1080) * MEGA),
        # 300 B of 100 thousand faces; 32 B of 1 Mpx; 12 B of a photo of 10 Mpx
        (texture_bytes(10 * MEGA, 100_000, 1000), (450 + 30 + 32 + 120) * MEGA),
    ],
)
def test_needs_by_hand(predicted, by_hand):
    assert predicted == by_hand


@pytest.mark.parametrize(
    ("predicted", "measured_mb"),
    [
        # whole builds: ten photos of 1.5 Mpx, 18 of 9 Mpx; maps 1024 px wide
        (depth_bytes(1_500_000, 1024 * 675, 10), 598),
        (depth_bytes(9_000_000, 1024 * 575, 18), 737),
        # each stage in a process of its own: 18 photos of 9 Mpx, then 24 of 0.5 Mpx
        (fuse_bytes(18 * 1024 * 575, 1024 * 575, FuseOptions()), 582),
        (fuse_bytes(24 * 640 * 476, 640 * 476, FuseOptions()), 496),
        (fuse_bytes(126 * 1024 * 773, 1024 * 773, FuseOptions()), 3059),  # the full synthetic site
        (mesh_bytes(270_750, 300_000), 703),
        (mesh_bytes(218_198, 300_000), 719),
        (mesh_bytes(4_584_474, 300_000), 1640),  # the full synthetic site
        (mesh_bytes(760_978, 300_000), 1190),  # brighton
        (mesh_bytes(934_543, 300_000), 950),  # lund-door
        (mesh_bytes(MEGA, 2 * MEGA), 2284),  # a made terrain, octree depth 10, 3.5 M faces
        (texture_bytes(9_000_000, 300_000, 4096), 1164),
        (texture_bytes(9_000_000, 300_000, 8192), 2731),
        (texture_bytes(480_000, 99_999, 2048), 588),
    ],
)
def test_needs_are_those_measured_within_a_factor_of_two(predicted, measured_mb):
    assert 0.5 < predicted / (measured_mb * MEGA) < 2.0


@pytest.fixture
def work(tmp_path):
    """A work folder of two photos, with files of the sizes that stages leave."""
    sizes = ((4000, 2000), (1000, 500))
    files = [
        CaptureFile(
            path=f"photos/{width}.jpg",
            kind=FileKind.photo,
            status=FileStatus.used,
            bytes=1,
            sha256="",
            width_px=width,
            height_px=height,
        )
        for width, height in sizes
    ]
    work = Workspace(tmp_path)
    inventory = Inventory(site_id="a", layout="photos", files=files)
    work.inventory.write_text(inventory.model_dump_json())
    maps = work.depth / "stereo" / "depth_maps" / "photos"
    for path, size in (
        (maps / "4000.jpg.geometric.bin", 4 * 5000),
        (maps / "1000.jpg.geometric.bin", 4 * 5000),
        (work.fused, 27 * 3000),
        (work.mesh, 53 * 1000),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    return work


def test_sizes_are_read_off_the_work_folder(work):
    needs = [
        depth_need(work, DepthOptions(depth_px=1000)),
        fuse_need(work, FuseOptions()),
        mesh_need(work, MeshOptions()),
        texture_need(work, TextureOptions(texture_px=512)),
    ]
    assert [need.peak_bytes for need in needs] == [
        depth_bytes(8_000_000, 500_000, 2),
        fuse_bytes(10_000, 5_000, FuseOptions()),
        mesh_bytes(3000, 300_000),
        texture_bytes(8_000_000, 2000, 512),
    ]
    assert all("." in need.lower for need in needs)
