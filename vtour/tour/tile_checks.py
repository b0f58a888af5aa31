"""The pictures of nodes on disk: every tile there, of its size, and the digest over them all."""

from collections.abc import Collection, Iterator
from pathlib import Path

from vtour.errors import InputError
from vtour.files import file_digest, open_image
from vtour.schema.tour import Node, Panorama, Tour
from vtour.tour.findings import Finding, error
from vtour.tour.nodes import tiles_digest
from vtour.tour.tiles import tile_count, tile_files, tile_sizes

NAMED = 3
FORMATS = {"webp": "WEBP", "avif": "AVIF", "jpg": "JPEG"}


def check_node_pictures(
    root: Path, tour: Tour, there: Collection[str], accepted: dict[str, Path]
) -> Iterator[Finding]:
    """Tiles that one digest stands for, and the base of every node.

    there    : URIs of all plain files of the package; links are not among them.
    accepted : files of ``files`` that are what they should be.

    Looks at no more tiles than there are files, whatever the manifest promises.
    """
    for node in tour.nodes:
        yield from _check_base(node, accepted)
        if node.panorama.tiles_sha256 is not None:
            yield from _check_tiles(root, node, there)


def is_any_tile(tour: Tour, uri: str) -> bool:
    """Whether one digest of a node covers this file."""
    panoramas = (node.panorama for node in tour.nodes)
    return any(panorama.tiles_sha256 and panorama.has_tile(uri) for panorama in panoramas)


def _check_base(node: Node, accepted: dict[str, Path]) -> Iterator[Finding]:
    path = accepted.get(node.panorama.base)
    size = None if path is None else _size_of(path)
    if size and size[0] != 2 * size[1]:
        yield error(f"{node.panorama.base}: {size[0]} x {size[1]} px, expected 2:1")


def _size_of(path: Path) -> tuple[int, int] | None:
    """Width and height; None for what is no image, which is said elsewhere."""
    try:
        with open_image(path, formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
            return image.size
    except InputError:
        return None


def _check_tiles(root: Path, node: Node, there: Collection[str]) -> Iterator[Finding]:
    panorama, count = node.panorama, tile_count(node.panorama)
    missing = []
    for uri in tile_files(panorama):
        if uri not in there:
            missing.append(uri)
        if len(missing) > NAMED:
            break
    if missing:
        few = ", ".join(missing[:NAMED]) + (" ..." if len(missing) > NAMED else "")
        yield error(f"node {node.id!r}: of {count:,} tiles not found: {few}")
        return
    bad = list(_bad_tiles(root, panorama))
    yield from bad[:NAMED]
    if len(bad) > NAMED:
        yield error(f"node {node.id!r}: {len(bad):,} tiles are wrong, {NAMED} were named")
    if not bad:
        found = tiles_digest((uri, file_digest(root / uri)) for uri in sorted(tile_files(panorama)))
        if found != panorama.tiles_sha256:
            yield error(
                f"node {node.id!r}: SHA-256 over its tiles is {found[:12]}…, expected "
                f"{str(panorama.tiles_sha256)[:12]}…"
            )


def _bad_tiles(root: Path, panorama: Panorama) -> Iterator[Finding]:
    for uri, size in tile_sizes(panorama):
        kinds = [FORMATS[kind] for kind in panorama.formats if uri.endswith(f".{kind}")]
        try:
            with open_image(root / uri, formats=tuple(kinds or FORMATS.values())) as image:
                found, is_plain = image.size, not image.getexif()
        except InputError as failure:
            yield error(f"{uri}: {failure}")
            continue
        if found != size:
            wanted = f"{size[0]} x {size[1]}"
            yield error(f"{uri}: {found[0]} x {found[1]} px, expected {wanted}")
        elif not is_plain:
            yield error(f"{uri}: holds EXIF, expected none in tiles")
