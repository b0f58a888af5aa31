"""The sample site and its build, made once for all tests that need the real thing."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("NUMBA_THREADING_LAYER", "omp")  # as the command line has it
os.environ.setdefault("GLOG_minloglevel", "2")

from tests.browser.needs import lacks
from vtour.node import SCRIPTS
from vtour.pipeline import run_stages
from vtour.profiles import Profile, profile_options, with_settings
from vtour.stages import STAGES
from vtour.synthetic.options import SyntheticOptions
from vtour.synthetic.synthesise import synthesise_site
from vtour.workfolder import open_work

QUICK = ("depth.depth_px=320", "mesh.max_faces=40000", "texture.texture_px=1024")
"""Settings that keep the sample's build short; the profile is preview."""


IN_A_BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items):
    """Marks what is run one at a time: pages have limits of time, the sample is built once."""
    for item in items:
        if item.path.is_relative_to(IN_A_BROWSER) or "small_build" in item.fixturenames:
            item.add_marker("alone")


@pytest.fixture(scope="session")
def viewer_libraries():
    """The Node packages of the viewers that tours are exported to."""
    if not (SCRIPTS / "node_modules" / "pannellum").is_dir():
        lacks("no Node packages of other viewers, run npm ci in vtour/nodejs")


@pytest.fixture(scope="session")
def small_captures(tmp_path_factory):
    """Captures of the small synthetic site, as ``vtour synthetic --size small`` writes them."""
    captures = tmp_path_factory.mktemp("sample") / "captures"
    synthesise_site(captures, SyntheticOptions())
    return captures


@pytest.fixture(scope="session")
def small_build(small_captures):
    """The finished work folder of the small synthetic site."""
    work = open_work(small_captures.parent / "work", small_captures)
    options = with_settings(profile_options(Profile.preview), QUICK)
    for _ in run_stages(work, STAGES, options):
        pass
    return work
