"""Lines of OBJ told apart by their first word, many at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vtour.glb.mesh import UInt8Array

IntArray = NDArray[np.int64]

VERTEX, TEXTURE, NORMAL, FACE, OTHER, NOTHING = range(6)
SPACES = np.zeros(256, bool)
SPACES[[9, 10, 11, 12, 13, 32]] = True


@dataclass(frozen=True)
class Block:
    """Whole lines of text, and of what kind each is."""

    text: bytes
    data: UInt8Array
    starts: IntArray
    lengths: IntArray
    kinds: IntArray

    def line(self, index: int) -> bytes:
        """One line, its spaces as single ones."""
        start = int(self.starts[index])
        return b" ".join(self.text[start : start + int(self.lengths[index])].split())

    def gathered(self, kind: int) -> tuple[bytes, IntArray]:
        """All lines of a kind without their first word, and where each ends."""
        chosen = self.kinds == kind
        lengths = self.lengths[chosen]
        text = self.data[np.repeat(chosen, self.lengths)].copy()
        ends = np.cumsum(lengths)
        starts = ends - lengths
        text[starts] = 32
        if kind in (TEXTURE, NORMAL):
            text[starts + 1] = 32
        return text.tobytes(), ends


def block_of_lines(text: bytes) -> Block:
    """Whole lines, each with its end, sorted by what they are."""
    data = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(data == 10)
    starts = np.concatenate([np.zeros(1, np.int64), ends + 1])[: len(ends)]
    return Block(text, data, starts, ends + 1 - starts, _kinds(data, starts))


def word_starts(data: UInt8Array) -> IntArray:
    """Where the words of a text begin."""
    is_space = SPACES[data]
    return np.flatnonzero(~is_space & np.concatenate([[True], is_space[:-1]]))


def _kinds(data: UInt8Array, starts: IntArray) -> IntArray:
    """Kind of each line by its first two bytes; indented ones are none of the common kinds."""
    first = data[starts]
    second = data[np.minimum(starts + 1, len(data) - 1)]
    third = data[np.minimum(starts + 2, len(data) - 1)]
    kinds = np.full(len(starts), OTHER)
    kinds[(first == ord("#")) | (first == 10) | (first == 13)] = NOTHING
    kinds[(first == ord("v")) & SPACES[second]] = VERTEX
    kinds[(first == ord("f")) & SPACES[second]] = FACE
    kinds[(first == ord("v")) & (second == ord("t")) & SPACES[third]] = TEXTURE
    kinds[(first == ord("v")) & (second == ord("n")) & SPACES[third]] = NORMAL
    return kinds


def is_good_word(word: bytes, kind: int) -> bool:
    """Whether a word can stand in a line of a kind: a number, or the corner of a face."""
    try:
        if kind == FACE:
            values = [int(value) for value in word.split(b"/") if value]
            return 1 <= len(values) <= 3 and values[0] != 0
        float(word)
    except ValueError:
        return False
    return True
