"""Work folders with captured panoramas, as the stages before leave them."""

import numpy as np
from PIL import Image
from scipy.spatial.transform import Rotation

from vtour.capture.inventory import InventoryOptions, take_inventory
from vtour.files import write_json
from vtour.panorama_sources import panorama_sources
from vtour.schema.standpoints import Standpoint, Standpoints
from vtour.schema.world import World
from vtour.sphere import rays_from_pixels
from vtour.workspace import Workspace


def pixel_rays(width):
    """Rays (h, 2h, 3) through the pixel centres of a sphere."""
    grid = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(width // 2) + 0.5), axis=-1)
    return rays_from_pixels(grid, width)


def colours_of(rays):
    """Smooth colours (..., 3) uint8 of directions: -1..1 stored as 0..255."""
    return np.rint((rays + 1) * 127.5).astype(np.uint8)


def panorama_work(root, *names, width=512, site="id: yard\n", pixels=None, xmp=None):
    """Captures with PNG panoramas that show their own directions, and their inventory."""
    captures = root / "captures"
    (captures / "panoramas").mkdir(parents=True)
    (captures / "site.yaml").write_text(site)
    pixels = colours_of(pixel_rays(width)) if pixels is None else pixels
    for index, name in enumerate(names):
        pixels[0, index] ^= 1  # files of the same bytes would be left out
        Image.fromarray(pixels).save(captures / "panoramas" / f"{name}.png", **(xmp or {}))
    work = Workspace(root / "work", captures=captures)
    take_inventory(work, work, InventoryOptions(check_overlap=False))
    return work


def place(work, world_from_pano, *, levelled=True, north="unknown"):
    """Standpoints of all panoramas with one attitude, and a world."""
    standpoints = [
        Standpoint(
            id=source.id,
            source=source.name,
            position=[0, 0, 0],
            rotation=Rotation.from_matrix(world_from_pano).as_quat().tolist(),
            placed_by="gps",
            levelled=levelled,
            heading_known=True,
        )
        for source in panorama_sources(work)
    ]
    write_json(work.standpoints, Standpoints(standpoints=standpoints).to_json())
    world = World(
        scale="metric", scale_source="gps", north=north, up="measured",
        world_from_sfm=np.eye(4).ravel().tolist(),
    )  # fmt: skip
    write_json(work.world, world.to_json())
