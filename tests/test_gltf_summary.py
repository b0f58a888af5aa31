"""Figures of a glTF document, against values worked by hand."""

import time

import numpy as np
import pytest

from vtour.errors import InputError
from vtour.glb.gltf_summary import summary_of_gltf

HALF = np.sqrt(0.5)


def document(*nodes, **accessor):
    positions = {
        "componentType": 5126,
        "count": 4,
        "min": [0, 0, 0],
        "max": [1, 2, 3],
        **accessor,
    }
    return {
        "asset": {"generator": "test"},
        "scenes": [{"nodes": [0]}],
        "nodes": list(nodes) or [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [positions, {"count": 6}],
    }


@pytest.mark.parametrize(
    ("nodes", "low", "high"),
    [
        ([{"mesh": 0}], [0, 0, 0], [1, 2, 3]),
        ([{"mesh": 0, "translation": [5, 0, 0], "scale": [2, 2, 2]}], [5, 0, 0], [7, 4, 6]),
        # a quarter turn about +Y takes +X to -Z and +Z to +X
        ([{"mesh": 0, "rotation": [0, HALF, 0, HALF]}], [0, 0, -1], [3, 2, 0]),
        (
            [{"children": [1], "translation": [0, 1, 1]}, {"mesh": 0, "scale": [1, 1, 2]}],
            [0, 1, 1],
            [1, 3, 7],
        ),
        (
            [{"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1]}],
            [7, 8, 9],
            [8, 10, 12],
        ),
    ],
)
def test_bounds_under_transforms(nodes, low, high):
    summary = summary_of_gltf(document(*nodes))

    np.testing.assert_allclose(summary.bounds, [low, high], atol=1e-12)
    assert (summary.meshes, summary.vertices, summary.faces) == (1, 4, 2)


def test_normalised_integers_are_scaled():
    accessor = {"componentType": 5122, "normalized": True, "min": [-32768, 0, 0]}
    summary = summary_of_gltf(document(**accessor, max=[32767, 32767, 0]))

    np.testing.assert_allclose(summary.bounds, [[-1, 0, 0], [1, 1, 0]])


def test_a_mesh_placed_twice_counts_twice():
    summary = summary_of_gltf(
        document({"children": [1, 2]}, {"mesh": 0}, {"mesh": 0, "translation": [9, 0, 0]})
    )

    assert (summary.meshes, summary.faces) == (2, 4)
    assert summary.bounds[1][0] == 10


def test_nothing_to_show():
    assert summary_of_gltf({"asset": {}}).bounds is None


@pytest.mark.parametrize(
    "nodes",
    [[{"mesh": 3}], [{"children": [7]}], [{"mesh": "a"}], [{"mesh": 0,
     "matrix": [1, 2]}]],
)  # fmt: skip
def test_a_document_that_contradicts_itself(nodes):
    with pytest.raises(InputError, match="inconsistent"):
        summary_of_gltf(document(*nodes))


def many_times(document, uses):
    """The same node again and again below the first, and its mesh's primitive as often."""
    document["nodes"] = [{"children": [1] * uses}, {"mesh": 0}]
    document["meshes"][0]["primitives"] *= uses
    return document


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (document({"children": [0]}), "in a circle"),
        (document({"children": [0] * 5000}), "more than 100,000 nodes"),
        (many_times(document(), 3000), "more than 20,000 primitives"),
        (document(min=[0] * 21, max=[1] * 21), "expected 3 numbers"),
        (document(min=[0, 0, float("nan")]), "not finite"),
        (document(max=[0, 0, float("inf")]), "not finite"),
    ],
)
def test_a_document_that_would_take_all_time_or_memory(given, said):
    started = time.process_time()

    with pytest.raises(InputError, match=said):
        summary_of_gltf(given)
    assert time.process_time() - started < 5
