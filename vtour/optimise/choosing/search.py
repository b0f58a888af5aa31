"""The search for the fewest bytes at equal looks: over faces, texture sizes and quality.

What fewer faces and what smaller pictures take from the SSIM adds up (arch, kept: of 1, 150,000
faces take 0.005, 75,000 take 0.010, 50,000 take 0.016; quality 75 takes 0.017, 0.017 and 0.016
more), so one is changed after the other, each as long as it pays, and a change is dropped as soon
as a try has more bytes than the best and yet looks worse.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from vtour.glb.pictures import PictureFormat
from vtour.optimise.choosing.subject import Sizes, Subject
from vtour.optimise.looks.quality import HIGHEST, LOWEST, SAVED, Goal, Try, try_qualities
from vtour.progress import Progress, no_progress

START = 80
SMALLER = 0.71  # of the edge: half the texels
FINER = 8  # steps of quality that half the texels cost, about
LEAST_PX = 64
ABOUT = 0.003  # above the SSIM to reach, while ways are compared: 3 to 5 % of the bytes
LEAST_GEOMETRY = 0.15  # of the bytes: less cannot pay


@dataclass(frozen=True, eq=False)
class Found:
    """What was found: a geometry, and how it is dressed."""

    subject: Subject
    chosen: Try

    @property
    def sizes(self) -> Sizes:
        """Of its textures."""
        return Sizes(self.chosen.texture_px, self.chosen.side_px)


Fewer = Callable[[Found, int], Subject | None]


def first_found(
    subject: Subject,
    goal: Goal,
    most_px: int,
    beaten: Try | None = None,
    progress: Progress = no_progress,
) -> Found:
    """About the best quality of textures as large as they may be (``most_px``)."""
    largest = subject.largest
    sizes = Sizes(min(most_px, largest.px), min(most_px, largest.side_px))
    start = beaten.quality if beaten else START
    about = replace(goal, close=ABOUT)
    return Found(subject, best_quality(subject, sizes, about, start, beaten, progress))


def refined(found: Found, goal: Goal, fewer: Fewer, progress: Progress = no_progress) -> Found:
    """The same with half the texels or half the faces, as long as that pays; the heavier first.

    fewer : the same with at most so many faces; None when there is none, or it cannot pay.

    Where the target is out of reach and the bytes suffice for the highest quality, nothing pays.
    """
    chosen = found.chosen
    plenty = chosen.quality >= HIGHEST and chosen.bytes < SAVED * goal.bytes
    if plenty and chosen.ssim < goal.ssim:
        return found

    def faces(now: Found, share: float = 0.5) -> Found:
        return _with_fewer_faces(now, goal, fewer, share, progress)

    def texels(now: Found) -> Found:
        return _resized(now, goal, progress, lambda s: _scaled(s, SMALLER, SMALLER))

    if chosen.side_px:
        found = _resized(found, goal, progress, lambda s: _scaled(s, 1, SMALLER**2))
    changes = [faces, texels]
    while changes:
        heavy = found.subject.geometry_bytes > found.chosen.bytes / 2
        change = changes[0] if heavy else changes[-1]
        changed = change(found)
        if changed is found:
            changes.remove(change)
        found = changed
    return _polished(faces(found, 0.7), goal, progress)


def _polished(found: Found, goal: Goal, progress: Progress) -> Found:
    """At the lowest quality that will do, as near as can be told."""
    chosen = found.chosen
    if chosen.ssim < goal.ssim + goal.close:
        return found
    start = max(chosen.quality - 2, LOWEST)
    other = best_quality(found.subject, found.sizes, goal, start, None, progress)
    return Found(found.subject, goal.best([chosen, other]))


def best_quality(
    subject: Subject,
    sizes: Sizes,
    goal: Goal,
    start: int,
    beaten: Try | None = None,
    progress: Progress = no_progress,
) -> Try:
    """The best try of one geometry at one size."""
    if not subject.textured or subject.web.pictures is PictureFormat.png:
        return subject.tried(sizes, HIGHEST, progress)

    def tried(quality: int) -> Try:
        return subject.tried(sizes, quality, progress)

    return goal.best(try_qualities(goal, tried, start, beaten))


def _resized(
    found: Found, goal: Goal, progress: Progress, change: Callable[[Sizes], Sizes]
) -> Found:
    sizes = change(found.sizes)
    if sizes == found.sizes or not found.subject.textured:
        return found
    finer = FINER if sizes.px < found.sizes.px else 0
    start = min(found.chosen.quality + finer, HIGHEST)
    chosen = best_quality(found.subject, sizes, goal, start, found.chosen, progress)
    return Found(found.subject, chosen) if _pays(chosen, found.chosen, goal) else found


def _scaled(sizes: Sizes, scale: float, side_scale: float) -> Sizes:
    def shrunk(px: int, by: float) -> int:
        return px if by == 1 else min(px, max(LEAST_PX, round(px * by / 4) * 4))

    return Sizes(shrunk(sizes.px, scale), shrunk(sizes.side_px, side_scale))


def _with_fewer_faces(
    found: Found, goal: Goal, fewer: Fewer, share: float, progress: Progress
) -> Found:
    if found.subject.geometry_bytes < LEAST_GEOMETRY * found.chosen.bytes:
        return found
    subject = fewer(found, round(share * found.subject.faces))
    if subject is None or subject.faces >= found.subject.faces:
        return found
    start = min(found.chosen.quality + FINER // 2, HIGHEST)
    chosen = best_quality(subject, found.sizes, goal, start, found.chosen, progress)
    return Found(subject, chosen) if _pays(chosen, found.chosen, goal) else found


def _pays(chosen: Try, before: Try, goal: Goal) -> bool:
    if goal.reached(before):
        return goal.reached(chosen) and chosen.bytes < SAVED * before.bytes
    return goal.order(chosen) < goal.order(before)
