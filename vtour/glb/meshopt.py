"""Compress vertex attributes as EXT_meshopt_compression does: mode ATTRIBUTES, version 0.

Source of the format: the extension's README, appendix A, "Mode 0: attributes". Elements are
coded in blocks, every byte of an element by itself: as differences to the same byte of the
element before, zigzag, in groups of 16 that take 0, 2, 4 or 8 bits each, with escapes.

What was tried on ten tiles of the synthetic site, 259 thousand points of 12 bytes (nanoseconds of
CPU for a point, machine busy; bytes for a point):
    this one                                                  44 ns  5.78 B (kept)
    the package meshopt 0.1, C++ underneath                   44 ns  5.78 B: no faster, and one
        more dependency
    the package meshoptimizer 0.2.30a0                        no wheels: needs a compiler
    meshoptimizer 1.3 compiled to WASM, in Node               62 ns  5.78 B: and a process of 50 MB
        for each core, with 12 bytes a point through its pipe
    version 1 of the format (KHR_meshopt_compression), WASM   83 ns  5.62 B: 3 % smaller, and what
        reads EXT_meshopt_compression alone cannot read it
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import numpy as np
from numba import njit
from numpy.typing import NDArray

UInt8Array = NDArray[np.uint8]

HEADER = 0xA0
GROUP = 16
MAX_BLOCK = 256
BLOCK_BYTES = 8192
MIN_TAIL = 32


def encode_attributes(elements: NDArray[np.generic]) -> bytes:
    """The bytes that stand for (n, width) elements of 4 to 256 bytes each, a multiple of 4.

    Raises ValueError for other widths: a bug.
    """
    rows = np.ascontiguousarray(elements)
    plain = rows.view(np.uint8).reshape(len(rows), -1)
    width = plain.shape[1]
    if width % 4 or not 4 <= width <= MAX_BLOCK:
        raise ValueError(f"elements of {width} bytes, expected a multiple of 4 up to 256")
    packed = np.empty(_bound(len(rows), width), np.uint8)
    return packed[: _encode(plain, packed)].tobytes()


def _bound(count: int, width: int) -> int:
    """Bytes that the worst input takes."""
    groups = -(-count // GROUP) + count // _block_size(width) + 1
    return 1 + width * (groups * GROUP + groups) + max(width, MIN_TAIL)


def _block_size(width: int) -> int:
    return min(BLOCK_BYTES // width & ~(GROUP - 1), MAX_BLOCK)


@njit(cache=True, nogil=True)
def _encode(plain, packed):
    """Write (n, width) bytes to ``packed``; returns how many it took."""
    count, width = plain.shape
    block = min((8192 // width) & ~15, 256)
    before = plain[0].copy() if count else np.zeros(width, np.uint8)
    first = before.copy()
    deltas = np.zeros(256, np.uint8)
    packed[0] = 0xA0
    at = 1
    for start in range(0, count, block):
        size = min(block, count - start)
        padded = (size + 15) & ~15
        for byte in range(width):
            last = before[byte]
            for i in range(size):
                value = plain[start + i, byte]
                change = (value - last) & 0xFF
                deltas[i] = ((change << 1) ^ (0xFF if change & 0x80 else 0)) & 0xFF
                last = value
            before[byte] = last
            deltas[size:padded] = 0
            at = _encode_bytes(deltas, padded, packed, at)
    tail = max(width, 32)
    packed[at : at + tail] = 0
    packed[at + tail - width : at + tail] = first
    return at + tail


@njit(cache=True, nogil=True)
def _encode_bytes(deltas, size, packed, at):
    """Write ``size`` differences, a multiple of 16, in the fewest bits for each group."""
    groups = size // 16
    head = at
    packed[head : head + (groups + 3) // 4] = 0
    at += (groups + 3) // 4
    for group in range(groups):
        start = group * 16
        over0, over2, over4 = 0, 0, 0
        for i in range(start, start + 16):
            over0 += deltas[i] != 0
            over2 += deltas[i] >= 3
            over4 += deltas[i] >= 15
        mode = 3
        if over0 == 0:
            mode = 0
        elif 4 + over2 <= 8 + over4 and 4 + over2 < 16:
            mode = 1
        elif 8 + over4 < 16:
            mode = 2
        packed[head + group // 4] |= mode << (2 * (group % 4))
        if mode == 3:
            packed[at : at + 16] = deltas[start : start + 16]
            at += 16
        elif mode > 0:
            at = _encode_group(deltas, start, 2 if mode == 1 else 4, packed, at)
    return at


@njit(cache=True, nogil=True)
def _encode_group(deltas, start, bits, packed, at):
    """16 values of so many bits, the first in the highest; what is too large follows whole."""
    escape = (1 << bits) - 1
    each = 8 // bits
    for byte in range(16 // each):
        together = 0
        for i in range(each):
            value = min(int(deltas[start + byte * each + i]), escape)
            together = (together << bits) | value
        packed[at] = together
        at += 1
    for i in range(start, start + 16):
        if deltas[i] >= escape:
            packed[at] = deltas[i]
            at += 1
    return at
