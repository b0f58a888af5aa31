import numpy as np
import pytest

from vtour.clouds.store import PointStore, StoreWriter, write_store
from vtour.errors import InputError


def columns(count, start=0):
    numbers = np.arange(start, start + count)
    return {
        "xyz": np.stack([numbers, -numbers, numbers * 0.5], -1).astype(np.float32),
        "rgb": (numbers[:, None] + [0, 1, 2]).astype(np.uint8),
        "intensity": numbers.astype(np.uint16),
    }


def test_what_was_appended_is_read_in_order(tmp_path):
    with StoreWriter(tmp_path / "cloud") as writer:
        writer.append(columns(5))
        writer.append(columns(3, start=5))
    store = PointStore.open(tmp_path / "cloud")
    assert (store.count, store.columns) == (8, ("xyz", "rgb", "intensity"))
    assert np.array_equal(store.column("xyz"), columns(8)["xyz"])
    assert [len(chunk["xyz"]) for chunk in store.chunks(3)] == [3, 3, 2]
    assert np.array_equal(np.concatenate([c["rgb"] for c in store.chunks(3)]), columns(8)["rgb"])


def test_numpy_reads_the_columns_by_itself(tmp_path):
    write_store(tmp_path, columns(7))
    assert np.array_equal(np.load(tmp_path / "xyz.npy"), columns(7)["xyz"])


def test_a_column_that_is_not_there_is_a_key_error(tmp_path):
    with pytest.raises(KeyError):
        write_store(tmp_path, columns(2)).column("normal")


def test_an_empty_store_has_no_points(tmp_path):
    with StoreWriter(tmp_path):
        pass
    store = PointStore.open(tmp_path)
    assert store.count == 0
    assert store.column("xyz").shape == (0, 3)
    assert list(store.chunks()) == []


def test_a_store_left_by_an_exception_cannot_be_opened(tmp_path):
    with pytest.raises(RuntimeError, match="stop"), StoreWriter(tmp_path) as writer:
        writer.append(columns(4))
        raise RuntimeError("stop")
    with pytest.raises(InputError, match="expected xyz"):
        PointStore.open(tmp_path)


def test_a_truncated_column_cannot_be_opened(tmp_path):
    write_store(tmp_path, columns(4))
    path = tmp_path / "xyz.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match="expected xyz"):
        PointStore.open(tmp_path)


def test_columns_of_another_length_cannot_be_opened(tmp_path):
    write_store(tmp_path, columns(4))
    np.save(tmp_path / "normal.npy", np.zeros((3, 3), np.int8))
    with pytest.raises(InputError, match="expected xyz"):
        PointStore.open(tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"xyz": np.zeros((2, 3))},
        {"xyz": np.zeros((2, 3), np.float32), "rgb": np.zeros((3, 3), np.uint8)},
    ],
)
def test_columns_of_another_type_or_length_are_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="expected"), StoreWriter(tmp_path) as writer:
        writer.append(wrong)


def test_columns_may_not_change_between_chunks(tmp_path):
    with pytest.raises(ValueError, match="columns"), StoreWriter(tmp_path) as writer:
        writer.append(columns(2))
        writer.append({"xyz": np.zeros((2, 3), np.float32)})
