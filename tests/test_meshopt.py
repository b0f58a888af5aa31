import json
import subprocess

import numpy as np
import pytest

from tests.scan.tile_files import decoded
from vtour.glb.meshopt import encode_attributes
from vtour.node import SCRIPTS, find_node

DECODE = """
import { readFileSync } from "node:fs";
import { MeshoptDecoder } from "%s/node_modules/meshoptimizer/meshopt_decoder.mjs";
await MeshoptDecoder.ready;
const found = JSON.parse(readFileSync(0)).map(({ count, width, packed }) => {
  const plain = new Uint8Array(count * width);
  MeshoptDecoder.decodeVertexBuffer(plain, count, width, Buffer.from(packed, "hex"));
  return Buffer.from(plain).toString("hex");
});
process.stdout.write(JSON.stringify(found));
"""


def sample(count, width, step, seed=3):
    """Elements whose bytes change by up to ``step``, so that groups of all sizes are used."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-step, step + 1, (count, width))
    steps[rng.random((count, width)) < 0.03] = 97
    return np.cumsum(steps, axis=0).astype(np.uint8)


CASES = [
    sample(count, width, step)
    for count, width, step in [
        (1, 4, 9), (15, 4, 1), (16, 8, 3), (17, 8, 0), (255, 12, 7), (256, 4, 40),
        (257, 8, 1), (1000, 64, 5), (70, 256, 100), (5000, 8, 3),
    ]
]  # fmt: skip


@pytest.mark.parametrize("rows", CASES, ids=lambda rows: f"{rows.shape}")
def test_what_was_encoded_is_decoded_as_the_specification_tells(rows):
    assert np.array_equal(decoded(encode_attributes(rows), *rows.shape), rows)


def test_the_library_decodes_it_too():
    given = [
        {"count": len(rows), "width": rows.shape[1], "packed": encode_attributes(rows).hex()}
        for rows in CASES
    ]
    command = [find_node(), "--input-type=module", "-e", DECODE % SCRIPTS.as_posix()]
    done = subprocess.run(
        command, input=json.dumps(given).encode(), capture_output=True, check=True
    )
    assert json.loads(done.stdout) == [rows.tobytes().hex() for rows in CASES]


def test_two_elements_are_these_bytes():
    # header; byte 0: group of 2 bits (mode 1), 0 then zigzag(+1) = 2: 00 10 00 00; bytes 1 to 3:
    # nothing changes (mode 0); tail: 32 bytes with the first element last
    rows = np.array([[5, 6, 7, 8], [6, 6, 7, 8]], np.uint8)
    expected = [0xA0, 1, 0b00100000, 0, 0, 0, 0, 0, 0] + [0] * 28 + [5, 6, 7, 8]
    assert list(encode_attributes(rows)) == expected


def test_noise_takes_hardly_more_than_itself():
    rows = np.random.default_rng(1).integers(0, 256, (4096, 8)).astype(np.uint8)
    assert len(encode_attributes(rows)) < rows.size * 1.02


def test_other_widths_are_a_bug():
    with pytest.raises(ValueError, match="6 bytes"):
        encode_attributes(np.zeros((3, 3), np.uint16))
