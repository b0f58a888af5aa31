"""Programs that make models small for the web as vtour does: how they are called, who is smaller.

No files are read here but the version of what is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GLTFPACK, TRANSFORM = "gltfpack", "gltf-transform"
DEFAULT_PX = 2048
"""Textures are no larger than this with ``gltf-transform optimize`` when nothing is said."""


@dataclass(frozen=True)
class Peer:
    """A way to call another program.

    named : whether the target is set against it; the others use WebP, as ours does.
    """

    program: str
    options: tuple[str, ...]
    named: bool

    @property
    def name(self) -> str:
        return f"{self.program} {' '.join(self.options)}".strip()

    def command(self, program: Path, source: Path, target: Path) -> list[str]:
        if self.program == GLTFPACK:
            return [str(program), *self.options, "-i", str(source), "-o", str(target)]
        return [str(program), "optimize", str(source), str(target), *self.options]


def peers_of(ours_px: Sequence[int], master_px: int) -> list[Peer]:
    """All ways: as they come, with textures of our sizes, and both with WebP.

    ours_px   : the edges of the largest textures of our versions.
    master_px : of the master's; what is no smaller changes nothing.
    """
    sizes = sorted({px for px in ours_px if 0 < px < master_px}, reverse=True)
    smaller = [px for px in sizes if px < DEFAULT_PX]
    webp = ("--texture-compress", "webp")
    found = [Peer(GLTFPACK, ("-cc",), True), Peer(TRANSFORM, (), True)]
    found += [Peer(TRANSFORM, ("--texture-size", str(px)), True) for px in smaller]
    found += [Peer(TRANSFORM, webp, False)]
    found += [Peer(TRANSFORM, ("--texture-size", str(px), *webp), False) for px in smaller]
    found += [Peer(GLTFPACK, ("-cc", "-tw"), False)]
    found += [Peer(GLTFPACK, ("-cc", "-tw", "-tl", str(px)), False) for px in sizes]
    return found


@dataclass(frozen=True)
class Sized:
    """A file of a model, as far as the shares go. ``named`` is None for our own files."""

    name: str
    bytes: int
    ssim: float
    named: bool | None


def smallest(files: Sequence[Sized], ssim: float, *, named: bool) -> Sized | None:
    """The smallest file of a peer that looks so much like the master; of the named ones alone."""
    fit = [f for f in files if f.named is not None and (f.named or not named) and f.ssim >= ssim]
    return min(fit, key=lambda file: file.bytes, default=None)


def shares_of(own: Sized, files: Sequence[Sized], ssim: float) -> dict[str, float | str]:
    """Bytes of a file for one byte of the smallest peer's; "" where there is no peer.

    share      : of the named ones, of those that look enough like the master.
    share_any  : of the named ones, however they look.
    share_webp : of all that look enough like the master.
    """
    against = {
        "share": smallest(files, ssim, named=True),
        "share_any": smallest(files, 0.0, named=True),
        "share_webp": smallest(files, ssim, named=False),
    }
    return {key: round(own.bytes / peer.bytes, 3) if peer else "" for key, peer in against.items()}


def verdict(model: str, files: Sequence[Sized], ssim: float) -> str:
    """One line: our smallest file that looks enough like the master, against the best peers."""
    ours = [file for file in files if file.named is None]
    alike = [file for file in ours if file.ssim >= ssim]
    if not ours:
        return f"{model}: nothing of ours"
    best = max(ours, key=lambda file: file.ssim)
    if not alike:
        return f"{model}: no file of ours reaches SSIM {ssim:g}; best {told(best)}"
    own = min(alike, key=lambda file: file.bytes)
    parts = []
    for named, what in ((True, "better peer"), (False, "best peer, WebP included")):
        peer = smallest(files, ssim, named=named)
        if peer is None:
            parts.append(f"{what}: none reaches it")
        else:
            parts.append(f"{100 * (own.bytes / peer.bytes - 1):+.1f} % against {told(peer)}")
    return f"{model}: {told(own)}: {'; '.join(dict.fromkeys(parts))}"


def told(file: Sized) -> str:
    return f"{file.name} ({file.bytes:,} bytes, SSIM {file.ssim:.4f})"
