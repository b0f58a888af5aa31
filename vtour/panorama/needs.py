"""Memory that ``blur`` needs, predicted from the sizes of the images before it starts.

The bytes a pixel were measured on single images (Linux, November 2026); tests compare the
predictions with those peaks: they hold within a factor of two.
"""

from vtour.files import BIG_PIXELS
from vtour.memory import ENGINES_BYTES, MemoryNeed
from vtour.panorama.blur import BlurOptions
from vtour.panorama.searched import pictures_of_site
from vtour.threads import worker_count
from vtour.workspace import Workspace

DECODED_PIXEL_BYTES = 8  # of an image that is shrunk to be searched: decoded, converted
SEARCHED_PIXEL_BYTES = 15  # of the shrunk one: its views, their windows
HIDDEN_PIXEL_BYTES = 10  # of an image with hidden places, whole: decoded, or given to its encoder


def blur_bytes(pictures_px: list[int], searched_px: int, workers: int) -> int:
    """Peak of ``blur``: several images are searched at a time, one is hidden in and written.

    pictures_px : pixels of every image.
    searched_px : of the largest that is searched, shrunk; 0 when none is.
    workers     : images that are searched at a time; of those above BIG_PIXELS only one.
    """
    largest = sorted(pictures_px, reverse=True)[: max(1, workers)]
    together = sum(largest[:1]) + sum(min(px, BIG_PIXELS) for px in largest[1:])
    search = DECODED_PIXEL_BYTES * together + SEARCHED_PIXEL_BYTES * searched_px * len(largest)
    hiding = HIDDEN_PIXEL_BYTES * max(pictures_px, default=0)
    return ENGINES_BYTES + max(search if searched_px else 0, hiding)


def blur_need(work: Workspace, options: BlurOptions) -> MemoryNeed:
    """Before ``blur``: from the sizes of all images that pixels are published from."""
    pictures = pictures_of_site(work)
    pictures_px = [picture.width_px * picture.height_px for picture in pictures]
    searched = [
        options.photo_px**2 if picture.placement is None else options.sphere_px**2 // 2
        for picture in pictures
    ]
    searched_px = max(searched, default=0) if options.find_faces else 0
    peak = blur_bytes(pictures_px, searched_px, worker_count())
    return MemoryNeed(peak, "the size of the largest image, or blur.sphere_px")
