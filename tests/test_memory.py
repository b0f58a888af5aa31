"""What memory there is, of the machine or of a container."""

import psutil
import pytest

from vtour import memory
from vtour.errors import ResourceError
from vtour.memory import MemoryNeed, available_bytes, check_memory


def of_machine(monkeypatch, there):
    now = psutil.virtual_memory()._replace(available=there)
    monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: now)


@pytest.mark.parametrize(
    ("limit", "there"),
    [
        ("max", 8_000),  # no limit
        ("5000", 3_500),  # 5000 - 2000 used + 500 that the kernel gives back
        ("1000", 0),
        ("90000", 8_000),  # the machine has less
    ],
)
def test_a_container_may_have_less_than_its_machine(tmp_path, monkeypatch, limit, there):
    of_machine(monkeypatch, 8_000)
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("2000\n")
    (tmp_path / "memory.stat").write_text("anon 1500\ninactive_file 500\n")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    assert available_bytes() == there


def test_what_this_process_holds_counts_as_there(tmp_path, monkeypatch):
    of_machine(monkeypatch, 1_000_000_000)
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    mine = psutil.Process().memory_info().rss
    check_memory("mesh", MemoryNeed(1_000_000_000 + mine // 2, "mesh.depth"))
    with pytest.raises(ResourceError, match=r"mesh: needs about \d\.\d GB.*lower mesh.depth, or"):
        check_memory("mesh", MemoryNeed(1_500_000_000 + 2 * mine, "mesh.depth"))
