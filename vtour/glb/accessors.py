"""The binary side of a glTF document: its buffer views and accessors, checked before they are used.

Counts and offsets are taken as hostile: nothing is allocated that the buffers do not hold, but for
accessors without a view, which the format fills with zeros and which are kept small here.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vtour.errors import InputError
from vtour.glb.mesh import Float32Array

COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
INDEX_COMPONENTS = (5121, 5123, 5125)
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
MAX_ELEMENTS = 500_000_000
MAX_ZEROS = 4_000_000
"""Elements of an accessor without a view: its bytes are nowhere in the file."""

BROKEN = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError,
    ZeroDivisionError,
)  # fmt: skip
"""What a document of the wrong shape raises where it is read without a check of each value."""


@dataclass(eq=False)
class GltfData:
    """A document and the bytes of its buffers.

    buffers  : in the document's order; empty bytes for a buffer that has none.
    replaced : bytes of views that were compressed, by their index.
    """

    name: str
    document: dict[str, Any]
    buffers: list[bytes]
    replaced: dict[int, bytes] = field(default_factory=dict)

    def item(self, kind: str, index: Any) -> Any:
        """One of the document's ``meshes``, ``nodes``... Raises InputError when not there."""
        items = self.document.get(kind, [])
        if not isinstance(items, list):
            raise InputError(f"{self.name}: its glTF is broken ({kind} is no list)")
        if not is_index(index, len(items)):
            raise InputError(
                f"{self.name}: its glTF is broken ({kind} {str(index)[:20]} of {len(items):,})"
            )
        return items[index]

    def view(self, index: Any) -> memoryview:
        """The bytes of a buffer view, not copied. Raises InputError when it leaves its buffer."""
        view = self.item("bufferViews", index)
        if index in self.replaced:
            return memoryview(self.replaced[index])
        return self.piece(view, f"buffer view {index}")

    def piece(self, view: dict[str, Any], what: str) -> memoryview:
        """The bytes that a view, or the compressed part of one, names."""
        start, length = whole(view.get("byteOffset", 0)), whole(view["byteLength"])
        buffer: Any = view.get("buffer")
        blob = self.buffers[buffer] if is_index(buffer, len(self.buffers)) else b""
        if start < 0 or length < 0 or start + length > len(blob):
            found = f"{what} of {length:,} bytes at {start:,}"
            raise InputError(f"{self.name}: {found}, expected within {len(blob):,} bytes")
        return memoryview(blob)[start : start + length]

    def count(self, index: Any) -> int:
        """How many elements an accessor promises."""
        count = whole(self.item("accessors", index)["count"])
        if not 0 < count <= MAX_ELEMENTS:
            found = f"accessor {index} of {count:,} elements"
            raise InputError(f"{self.name}: {found}, expected 1 to {MAX_ELEMENTS:,}")
        return count

    def raw(self, index: Any, *widths: int) -> NDArray[Any]:
        """Elements as stored, (count, width), a view of the buffer unless the accessor is sparse.

        widths : those that are expected.
        """
        accessor = self.item("accessors", index)
        count, width = self.count(index), WIDTHS.get(str(accessor["type"]))
        if width not in widths:
            dimensions = " or ".join(map(str, widths))
            found = f"accessor {index} is {str(accessor['type'])[:20]}"
            raise InputError(f"{self.name}: {found}, not {dimensions}-D")
        kind = np.dtype(COMPONENTS[accessor["componentType"]])
        if "bufferView" in accessor:
            start = whole(accessor.get("byteOffset", 0))
            view = accessor["bufferView"]
            values = self._rows(view, start, count, width, kind, f"accessor {index}")
        elif count > MAX_ZEROS:
            found = f"accessor {index} of {count:,} elements without a buffer view"
            raise InputError(f"{self.name}: {found}, expected at most {MAX_ZEROS:,}")
        else:
            values = np.zeros((count, width), kind)
        if "sparse" in accessor:
            values = self._sparse(index, accessor["sparse"], values)
        return values

    def is_normalised(self, index: Any) -> bool:
        """Whether its integers stand for -1 to 1, or 0 to 1."""
        return bool(self.item("accessors", index).get("normalized"))

    def indices(self, index: Any) -> NDArray[np.uint32]:
        """The (count,) vertex numbers of an accessor."""
        kind = self.item("accessors", index).get("componentType")
        if kind not in INDEX_COMPONENTS:
            found = f"accessor {index} of indices has component type {str(kind)[:20]}"
            raise InputError(f"{self.name}: {found}, expected whole numbers")
        return self.raw(index, 1).reshape(-1).astype(np.uint32)

    def _rows(
        self, view: Any, start: int, count: int, width: int, kind: np.dtype[Any], what: str
    ) -> NDArray[Any]:
        """(count, width) elements in a view, from a byte on."""
        data = self.view(view)
        row = kind.itemsize * width
        stride = whole(self.item("bufferViews", view).get("byteStride", row))
        if start < 0 or stride < row or start + stride * (count - 1) + row > len(data):
            found = f"{what} of {count:,} elements"
            raise InputError(f"{self.name}: {found}, expected within {len(data):,} bytes")
        strides = (stride, kind.itemsize)
        return np.ndarray((count, width), kind, data, start, strides)

    def _sparse(self, index: Any, sparse: dict[str, Any], values: NDArray[Any]) -> NDArray[Any]:
        """The elements with some replaced (glTF 2.0, section 3.6.2.3)."""
        what = f"{self.name}: accessor {index} is sparse"
        if not isinstance(sparse, dict) or not {"count", "indices", "values"} <= sparse.keys():
            raise InputError(f"{what}, expected its count, indices and values")
        count, width = whole(sparse["count"]), values.shape[1]
        if not 0 < count <= len(values):
            raise InputError(f"{what} in {count:,} elements, expected 1 to {len(values):,}")
        where, new = sparse["indices"], sparse["values"]
        if where.get("componentType") not in INDEX_COMPONENTS:
            raise InputError(f"{what} by component type {str(where.get('componentType'))[:20]}")
        kind = np.dtype(COMPONENTS[where["componentType"]])
        start = whole(where.get("byteOffset", 0))
        places = self._rows(where["bufferView"], start, count, 1, kind, "sparse indices")[:, 0]
        places = places.astype(np.int64)
        if int(places.max()) >= len(values) or bool((np.diff(places) <= 0).any()):
            raise InputError(
                f"{what} at elements up to {int(places.max()):,}, expected to ascend, "
                f"each once, below {len(values):,}"
            )
        start = whole(new.get("byteOffset", 0))
        rows = self._rows(new["bufferView"], start, count, width, values.dtype, "sparse values")
        filled = values.copy()
        filled[places] = rows
        return filled


def as_floats(values: NDArray[Any], *, is_normalised: bool) -> Float32Array:
    """Stored elements as float32; normalised integers as -1 to 1 (glTF 2.0, section 3.6.2.2)."""
    floats: Float32Array = values.astype(np.float32)
    if is_normalised and values.dtype.kind in "iu":
        floats = np.maximum(floats / np.float32(np.iinfo(values.dtype).max), np.float32(-1))
    return floats


def is_index(value: Any, count: int) -> bool:
    """Whether a value of the document is a place in a list: Python takes -1 and True as well."""
    return type(value) is int and 0 <= value < count


def whole(value: Any) -> int:
    """A whole number of the document. Raises TypeError for anything else."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise TypeError(f"{str(value)[:20]!r} is no whole number")
    return value
