"""The import rule of docs/architecture.md section 2, lazy imports inside functions included."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"__version__", "errors", "threads"},
    {
        "options",
        "progress",
        "frames",
        "memory",
        "machine_speed",
        "files",
        "photo_names",
        "slugs",
        "sphere",
        "gpano",
        "srgb",
    },
    {"rights", "yaml_marks"},
    {"schema"},
    {
        "atlas",
        "clouds",
        "colmap",
        "glb",
        "node",
        "control_files",
        "siteyaml",
        "tileset",
        "workspace",
    },
    {"models"},
    {
        "gcp_list",
        "masks",
        "node_names",
        "panorama_sources",
        "privacy_file",
        "privacy_record",
        "standpoint_files",
        "station_files",
    },
    {"model_files"},
    {"model_places"},
    {"equirect"},
    {
        "capture",
        "reconstruct",
        "scan",
        "world",
        "panorama",
        "optimise",
        "tour",
        "publish",
        "synthetic",
        "workfolder",
    },
    {"stages", "workload"},
    {"records", "profiles", "fitting"},
    {"pipeline"},
    {"plan", "package_check"},
    {"report"},
    {"rollout"},
    {"report_page"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
VIEWER_MAY_IMPORT = ("vtour.schema", "vtour.publish.read", "vtour.rollout.read")
MAY_IMPORT_VIEWER = {"vtour/cli/serve.py", "vtour/cli/edit.py"}


def imported_modules(path):
    """Absolute names of what a file imports: 'vtour.files', 'numpy'..."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "vtour":
                yield from (f"vtour.{alias.name}" for alias in node.names)
            else:
                yield node.module


def breaks_the_rule(relative, modules):
    """The first import of a file that points up or sideways, or None."""
    here = Path(relative).parts[1].removesuffix(".py")
    for module in modules:
        package, _, rest = module.partition(".")
        there = rest.split(".")[0]
        if package == "viewer" and relative not in MAY_IMPORT_VIEWER:
            return f"{relative} imports the viewer"
        if package == "vtour" and there not in ("", here) and LEVEL[there] >= LEVEL[here]:
            return f"{relative}: {here} may not import {there}"
    return None


def python_files(folder):
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")]
    return sorted(name for name in files if "node_modules" not in name)


@pytest.mark.parametrize("relative", python_files("vtour"))
def test_imports_point_down(relative):
    if relative == "vtour/__init__.py":
        assert list(imported_modules(ROOT / relative)) == []
    else:
        assert breaks_the_rule(relative, imported_modules(ROOT / relative)) is None


@pytest.mark.parametrize("relative", python_files("viewer"))
def test_viewer_knows_only_what_is_published(relative):
    ours = [m for m in imported_modules(ROOT / relative) if m.split(".")[0] == "vtour"]
    allowed = (*VIEWER_MAY_IMPORT, "vtour.errors", "vtour.__version__")
    assert [module for module in ours if not module.startswith(allowed)] == []


@pytest.mark.parametrize(
    ("relative", "module"),
    [
        ("vtour/files.py", "vtour.workspace"),
        ("vtour/reconstruct/depth.py", "vtour.optimise.glb"),
        ("vtour/schema/tour.py", "vtour.pipeline"),
        ("vtour/tour/package.py", "vtour.cli.build"),
        ("vtour/cli/build.py", "viewer.app"),
    ],
)
def test_planted_violations_are_found(relative, module):
    assert breaks_the_rule(relative, [module]) is not None


def test_heavy_engines_are_imported_where_they_are_used():
    heavy = {"open3d", "pycolmap", "cv2", "laspy", "pye57", "pyvips", "skimage"}
    for relative in python_files("vtour"):
        tree = ast.parse((ROOT / relative).read_text())
        at_top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        names = {
            name.split(".")[0]
            for node in at_top
            for name in (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
        }
        assert not names & heavy, f"{relative} imports {names & heavy} at its top"
