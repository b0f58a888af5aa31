"""Predicted memory of the blur: worked by hand, and against peaks that were measured."""

import numpy as np
import pytest
from people import site_of

from vtour.memory import ENGINES_BYTES
from vtour.panorama import needs
from vtour.panorama.blur import BlurOptions
from vtour.panorama.needs import blur_bytes, blur_need

MEGA = 10**6
GPANO = {"ProjectionType": "equirectangular"}


@pytest.mark.parametrize(
    ("predicted", "by_hand"),
    [
        (blur_bytes([], 0, 2), 450 * MEGA),
        # nothing is searched: 10 B of the largest
        (blur_bytes([10 * MEGA, 30 * MEGA], 0, 2), (450 + 300) * MEGA),
        # 8 B of the two largest; 15 B of two that were shrunk
        (blur_bytes([10 * MEGA, 30 * MEGA, MEGA], 8 * MEGA, 2), (450 + 320 + 240) * MEGA),
        # one picture has one worker
        (blur_bytes([30 * MEGA], 8 * MEGA, 16), (450 + 240 + 120) * MEGA),
        # of two above 50 Mpx one waits for the other
        (blur_bytes([200 * MEGA, 190 * MEGA], 8 * MEGA, 2), (450 + 2000 + 240) * MEGA),
    ],
)
def test_the_blurs_memory_by_hand(predicted, by_hand):
    assert predicted == by_hand


@pytest.mark.parametrize(
    ("predicted", "measured_mb"),
    [
        # a sphere that is searched and has a box to hide, whole runs: JPEG, then PNG
        (blur_bytes([8192 * 4096], 4096 * 2048, 2), 732),
        (blur_bytes([8192 * 4096], 4096 * 2048, 2), 734),
        # not searched, above what Python had before: JPEG, then PNG with alpha
        (blur_bytes([8192 * 4096], 0, 2) - ENGINES_BYTES, 265),
        (blur_bytes([8192 * 4096], 0, 2) - ENGINES_BYTES, 329),
    ],
)
def test_the_blurs_memory_as_measured(predicted, measured_mb):
    assert measured_mb / 2 < predicted / 1e6 < 2 * measured_mb


def test_the_need_is_read_off_the_inventory(tmp_path, monkeypatch):
    monkeypatch.setattr(needs, "worker_count", lambda: 2)
    images = {
        "photos/a.jpg": np.zeros((300, 400, 3), np.uint8),
        "panoramas/b.jpg": np.zeros((512, 1024, 3), np.uint8),
    }
    large = {"width_px": 32768, "height_px": 16384, "gpano": GPANO}
    work = site_of(tmp_path, images, **{"panoramas__b.jpg": large})
    need = blur_need(work, BlurOptions(find_faces=False))
    assert need.peak_bytes == 450 * MEGA + 10 * 32768 * 16384
    assert need.lower == "the size of the largest image, or blur.sphere_px"
    need = blur_need(work, BlurOptions(sphere_px=4096, photo_px=1600))
    decoded = 8 * (32768 * 16384 + 300 * 400)
    searched = 2 * 15 * 4096 * 2048
    hidden = 10 * 32768 * 16384
    assert need.peak_bytes == 450 * MEGA + max(decoded + searched, hidden)
