"""Rows of PLY that hold lists: each begins where the one before ends, so they are walked."""

# mypy: allow-untyped-defs, allow-untyped-calls
# (numba infers the types of what it compiles; annotations would be checked by nobody)

from numba import njit


@njit(cache=True, nogil=True)
def walked_rows(data, at, sizes, item_sizes, is_big, is_text, most, places, counts):
    """Fill ``places`` and ``counts`` (properties, rows); returns the end, -1 when data ends before.

    data       : bytes, or the numbers of a text.
    sizes      : of each property, that of a list's length; item_sizes: of its items, 0 for none.
    most       : items that a list may have.
    """
    end = len(data)
    for row in range(places.shape[1]):
        for k in range(len(sizes)):
            if at + sizes[k] > end:
                return -1
            if item_sizes[k] == 0:
                places[k, row] = at
                at += sizes[k]
                continue
            count = _length(data, at, sizes[k], is_big, is_text, most)
            at += sizes[k]
            if count < 0 or at + count * item_sizes[k] > end:
                return -1
            places[k, row] = at
            counts[k, row] = count
            at += count * item_sizes[k]
    return at


@njit(cache=True, nogil=True)
def _length(data, at, size, is_big, is_text, most):
    """The length that a list tells; -1 for one that cannot be."""
    if is_text:
        value = data[at]
        if not 0 <= value <= most:
            return -1
        count = int(value)
        return count if count == value else -1
    count = 0
    for i in range(min(size, 8)):
        byte = int(data[at + (i if is_big else size - 1 - i)])
        if count > most:
            return -1
        count = count * 256 + byte
    return count if count <= most else -1
