"""A GLB that must stay as it is, smaller: animations, skins and morphs are kept, nothing is moved.

Pictures are encoded anew where that makes them smaller, and buffer views are compressed by
meshopt without loss. All else is as it was: nodes, accessors, names, extras, unknown extensions.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vtour.errors import InputError
from vtour.files import MAX_IMAGE_PIXELS, replacing
from vtour.glb.container import glb_from_parts, parts_from_glb
from vtour.glb.document import JsonObject
from vtour.glb.pictures import EXTENSIONS, MIME_TYPES, MapKind, PictureFormat, encode_pixels
from vtour.optimise.writing.geometry import MESHOPT
from vtour.optimise.writing.meshopt import Stream, StreamMode, pack_streams
from vtour.optimise.writing.write_web import WebOptions

COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
TRIANGLES = 4
WIDEST = 256
READABLE = ("image/jpeg", "image/png", "image/webp")
BROKEN = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
LEAST_BYTES = 256  # of a view that is worth compressing: its description takes as much

KINDS = {
    "baseColorTexture": MapKind.colour,
    "emissiveTexture": MapKind.colour,
    "metallicRoughnessTexture": MapKind.surface,
    "occlusionTexture": MapKind.occlusion,
    "normalTexture": MapKind.normal,
}


@dataclass(frozen=True)
class Recompressed:
    """What became of a file: its bytes before and after, pictures and views that were changed."""

    before: int
    after: int
    pictures: int
    views: int


def recompress_glb(source: Path, target: Path, options: WebOptions) -> Recompressed:
    """Write a smaller GLB of the same content, all or nothing; the same file when none is smaller.

    Of ``options``, bits are not looked at, and Draco means that geometry stays as it is.

    Raises InputError for a file that is no GLB or is broken, ResourceError without Node.
    """
    before = source.stat().st_size
    document, blob = parts_from_glb(source)
    for buffer in document.get("buffers", []):
        if isinstance(buffer, dict) and buffer.get("uri") is not None:
            found = str(buffer["uri"])[:60]
            raise InputError(f"{source.name}: buffer {found!r} lies outside, expected one file")
    for image in document.get("images", []):
        uri = image.get("uri") if isinstance(image, dict) else None
        if uri is not None and not str(uri).startswith("data:"):
            found = str(uri)[:60]
            raise InputError(f"{source.name}: picture {found!r} lies outside, expected one file")
    try:
        data, pictures, views = _Recompressor(document, blob, options).smaller()
    except BROKEN as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{source.name}: its glTF is broken ({reason})") from None
    if len(data) >= before:
        data, pictures, views = source.read_bytes(), 0, 0
    with replacing(target) as temporary:
        temporary.write_bytes(data)
    return Recompressed(before, len(data), pictures, views)


class _Recompressor:
    def __init__(self, document: JsonObject, blob: bytes, options: WebOptions) -> None:
        self.document, self.blob, self.options = document, blob, options
        self.views: list[JsonObject] = document.get("bufferViews", [])
        self.bytes = [self._bytes_of(view) for view in self.views]

    def smaller(self) -> tuple[bytes, int, int]:
        pictures = self._shrink_pictures()
        packed = self._packed_views()
        return self._joined(packed), pictures, len(packed)

    def _bytes_of(self, view: JsonObject) -> bytes | None:
        """A view's bytes; None when they are not in the file: then it is compressed already."""
        if view.get("buffer", 0) != 0:
            return None
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length < 0 or start + length > len(self.blob):
            raise ValueError(f"a view of {length:,} bytes at {start:,} of {len(self.blob):,}")
        return self.blob[start : start + length]

    def _shrink_pictures(self) -> int:
        kinds, changed = picture_kinds(self.document), 0
        if self.options.pictures is PictureFormat.ktx2:
            return 0
        kept = pictures_with_fallback(self.document)
        for index, image in enumerate(self.document.get("images", [])):
            if index in kept:
                continue
            own = self.bytes[image["bufferView"]] if "bufferView" in image else None
            if own is None or image.get("mimeType") not in READABLE:
                continue
            data = self._encoded(own, kinds.get(index, MapKind.colour))
            if data is not None and len(data) < len(own) and self._is_alone(image["bufferView"]):
                self.bytes[image["bufferView"]] = data
                image["mimeType"] = MIME_TYPES[self.options.pictures]
                self._point_at(index, image["mimeType"])
                changed += 1
        self._declare_pictures()
        return changed

    def _is_alone(self, view: int) -> bool:
        images = [i for i in self.document["images"] if i.get("bufferView") == view]
        return len(images) == 1

    def _encoded(self, data: bytes, kind: MapKind) -> bytes | None:
        """The picture encoded anew; None for what must stay: damaged, or alpha that JPEG lacks."""
        form = self.options.pictures
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MAX_IMAGE_PIXELS:
                    return None
                has_alpha = "A" in picture.getbands() or "transparency" in picture.info
                if has_alpha and form is PictureFormat.jpg:
                    return None
                pixels = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
            return encode_pixels(
                pixels, form, self.options.quality[kind], fine=kind is not MapKind.colour
            )
        except (OSError, SyntaxError, ValueError, InputError):
            return None

    def _point_at(self, image: int, mime_type: str) -> None:
        """Let the textures of a picture name it where its type is to be named."""
        extension = EXTENSIONS.get(mime_type)
        for texture in self.document.get("textures", []):
            own = texture.get("extensions", {})
            named = [n for n in EXTENSIONS.values() if own.get(n, {}).get("source") == image]
            if texture.get("source") != image and not named:
                continue
            for name in named:
                del own[name]
            texture.pop("source", None)
            if extension:
                texture["extensions"] = {**own, extension: {"source": image}}
            else:
                texture["source"] = image
                if not own:
                    texture.pop("extensions", None)

    def _declare_pictures(self) -> None:
        used = {
            name
            for texture in self.document.get("textures", [])
            for name in texture.get("extensions", {})
        }
        bare = {
            name
            for texture in self.document.get("textures", [])
            for name in texture.get("extensions", {})
            if "source" not in texture
        }
        for name in EXTENSIONS.values():
            _declare(self.document, "extensionsUsed", name, name in used)
            _declare(self.document, "extensionsRequired", name, name in bare)

    def _packed_views(self) -> dict[int, Any]:
        """Streams by view, of those that meshopt makes smaller."""
        if self.options.compression not in MESHOPT:
            return {}
        _, version = MESHOPT[self.options.compression]
        found = dict(self._streams())
        packed = pack_streams(list(found.values()), [], version) if found else []
        return {
            view: stream
            for view, stream in zip(found, packed, strict=True)
            if len(stream.data) + LEAST_BYTES < stream.plain
        }

    def _streams(self) -> Iterator[tuple[int, Stream]]:
        accessors: dict[int, list[int]] = {}
        for number, accessor in enumerate(self.document.get("accessors", [])):
            accessors.setdefault(accessor.get("bufferView", -1), []).append(number)
        uses = index_uses(self.document)
        others = views_beside_accessors(self.document)
        for index, (view, data) in enumerate(zip(self.views, self.bytes, strict=True)):
            if data is None or len(data) < LEAST_BYTES or view.get("extensions"):
                continue
            if index in others or index not in accessors:
                continue
            layout = self._layout(view, accessors[index], uses)
            if layout and len(data) % layout[1] == 0:
                yield index, Stream(*layout, data)

    def _layout(
        self, view: JsonObject, numbers: list[int], uses: dict[int, set[int]]
    ) -> tuple[StreamMode, int] | None:
        """How a view's elements lie; None for what meshopt cannot take."""
        accessors = [self.document["accessors"][number] for number in numbers]
        sizes = {element_bytes(accessor) for accessor in accessors}
        modes = set().union(*(uses.get(number, set()) for number in numbers))
        if modes:
            stride = min(sizes)
            if len(sizes) > 1 or stride not in (2, 4):
                return None
            faces = all(
                a["count"] % 3 == 0 and a.get("byteOffset", 0) % (3 * stride) == 0
                for a in accessors
            )
            is_faces = modes == {TRIANGLES} and faces and view["byteLength"] % (3 * stride) == 0
            return (StreamMode.triangles if is_faces else StreamMode.indices), stride
        stride = int(view.get("byteStride", min(sizes) if len(sizes) == 1 else 4))
        return (
            (StreamMode.attributes, stride) if stride % 4 == 0 and 4 <= stride <= WIDEST else None
        )

    def _joined(self, packed: dict[int, Any]) -> bytes:
        document, blob, plain = self.document, bytearray(), 0
        extension = MESHOPT.get(self.options.compression, ("", 0))[0]
        buffers = document.setdefault("buffers", [{"byteLength": 0}])
        fallback = len(buffers)
        for index, (view, data) in enumerate(zip(self.views, self.bytes, strict=True)):
            own = packed.get(index)
            stored = own.data if own else data
            if stored is None:  # compressed already: its bytes are named by its extension
                self._move_packed(view, blob)
                continue
            blob += b"\0" * (-len(blob) % 4)
            if own:
                view |= own.view(len(blob), plain, extension, fallback)
                plain += own.plain + 3 & ~3
            else:
                view |= {"buffer": 0, "byteOffset": len(blob), "byteLength": len(stored)}
            blob += stored
        buffers[0]["byteLength"] = len(blob)
        if packed:
            buffers.append({"byteLength": plain, "extensions": {extension: {"fallback": True}}})
            _declare(document, "extensionsUsed", extension, True)
            _declare(document, "extensionsRequired", extension, True)
        return glb_from_parts(document, bytes(blob))

    def _move_packed(self, view: JsonObject, blob: bytearray) -> None:
        for name, _ in MESHOPT.values():
            own = view.get("extensions", {}).get(name)
            if own is None:
                continue
            data = self._bytes_of(own)
            if data is None:
                raise ValueError("a compressed view whose bytes are not in the file")
            blob += b"\0" * (-len(blob) % 4)
            own["byteOffset"] = len(blob)
            blob += data


def element_bytes(accessor: JsonObject) -> int:
    """Bytes of one element; matrices of bytes and shorts have padded columns, which are refused."""
    size, columns = COMPONENT_BYTES[accessor["componentType"]], COLUMNS[accessor["type"]]
    if accessor["type"].startswith("MAT") and size != 4:
        raise ValueError(f"a {accessor['type']} of {size}-byte numbers")
    return size * columns


def index_uses(document: JsonObject) -> dict[int, set[int]]:
    """The drawing modes of the primitives whose indices an accessor is, by accessor."""
    found: dict[int, set[int]] = {}
    for mesh in document.get("meshes", []):
        for primitive in mesh["primitives"]:
            if "indices" in primitive:
                found.setdefault(primitive["indices"], set()).add(primitive.get("mode", TRIANGLES))
    return found


def views_beside_accessors(document: JsonObject) -> set[int]:
    """Views that sparse accessors or pictures name."""
    found = {image.get("bufferView") for image in document.get("images", [])}
    for accessor in document.get("accessors", []):
        sparse = accessor.get("sparse", {})
        found |= {sparse.get(key, {}).get("bufferView") for key in ("indices", "values")}
    return {view for view in found if view is not None}


def pictures_with_fallback(document: JsonObject) -> set[int]:
    """Pictures of textures that offer one in a newer format and one that all programs read."""
    found = set()
    for texture in document.get("textures", []):
        own = texture.get("extensions", {})
        sources = {own[name].get("source") for name in EXTENSIONS.values() if name in own}
        if sources and "source" in texture:
            found |= sources | {texture["source"]}
    return found


def picture_kinds(document: JsonObject) -> dict[int, MapKind]:
    """What the pictures of a document say of its surfaces: of several things, the most delicate."""
    found: dict[int, MapKind] = {}
    order = list(MapKind)
    for material in document.get("materials", []):
        surface = material.get("pbrMetallicRoughness", {})
        for key, info in [*material.items(), *surface.items()]:
            if key not in KINDS:
                continue
            texture = document["textures"][info["index"]]
            own = texture.get("extensions", {})
            newer = [own.get(name, {}).get("source") for name in EXTENSIONS.values()]
            sources = [texture.get("source"), *newer]
            for image in sources:
                if image is not None:
                    known = found.get(image, KINDS[key])
                    found[image] = min(known, KINDS[key], key=order.index)
    return found


def _declare(document: JsonObject, key: str, name: str, wanted: bool) -> None:
    names = [each for each in document.get(key, []) if each != name]
    if wanted:
        names.append(name)
    if names:
        document[key] = names
    else:
        document.pop(key, None)
