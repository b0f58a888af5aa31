"""Small pictures in report.html: thumbnails of photos and of depth maps, as data URIs."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.files import UInt8Array, read_image
from vtour.reconstruct.depthmaps import Float32Array, read_map
from vtour.schema.inventory import CaptureFile
from vtour.workspace import Workspace

THUMB_PX = 192
QUALITY = 55
UNKNOWN = 40  # grey of pixels without a depth
NEAR, FAR = (254.0, 224.0, 139.0), (49.0, 54.0, 149.0)


class Album:
    """Thumbnails of captured photos, as many as there is room for in a page.

    The blurred copy is shown where there is one.
    """

    def __init__(self, work: Workspace, most: int) -> None:
        """At most so many pictures are made; further ones are None."""
        self.work = work
        self.left = most
        self.files = {file.path: file for file in work.files.files}

    def thumb(self, name: str) -> str | None:
        """A small picture of a capture; None when it cannot be read, or the page is full."""
        file = self.files.get(name)
        if file is None or self.left <= 0:
            return None
        pixels = _read_small(self.work, file)
        if pixels is None:
            return None
        self.left -= 1
        return picture(pixels)


def _read_small(work: Workspace, file: CaptureFile) -> UInt8Array | None:
    try:
        path = work.publishable(file.path, work.capture_path(file))
        return read_image(path, max_side_px=THUMB_PX)
    except (InputError, OSError):  # gone or damaged: said elsewhere
        return None


def picture(pixels: UInt8Array) -> str:
    """(h, w, 3) uint8 sRGB as WebP in a data URI."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", quality=QUALITY, method=4)
    return data_uri("image/webp", stream.getvalue())


def data_uri(media_type: str, data: bytes) -> str:
    """Bytes as an address that holds them."""
    return f"data:{media_type};base64," + base64.b64encode(data).decode()


def depth_picture(path: Path) -> str | None:
    """A depth map as a small picture: near is yellow, far is blue, grey is unknown."""
    try:
        depth = read_map(path)
    except (InputError, OSError):
        return None
    step = max(1, -(-max(depth.shape) // THUMB_PX))
    return picture(coloured(depth[::step, ::step]))


def coloured(depth: Float32Array) -> UInt8Array:
    """Colours (h, w, 3) of depths (h, w); 0 is unknown."""
    known = depth > 0
    image = np.full((*depth.shape, 3), float(UNKNOWN))
    if known.any():
        inverse = 1 / depth[known]
        low, high = np.quantile(inverse, [0.02, 0.98])
        share = np.clip((inverse - low) / max(high - low, 1e-12), 0, 1)[:, None]
        image[known] = share * np.array(NEAR) + (1 - share) * np.array(FAR)
    return np.rint(image).astype(np.uint8)
