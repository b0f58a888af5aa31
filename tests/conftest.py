"""The sample site and its build, made once for all tests that need the real thing."""

import pytest

from vtour.pipeline import open_work, run_stages
from vtour.profiles import Profile, profile_options
from vtour.stages import STAGES
from vtour.synthetic.options import SyntheticOptions
from vtour.synthetic.synthesise import synthesise_site


@pytest.fixture(scope="session")
def small_captures(tmp_path_factory):
    """Captures of the small synthetic site, as ``vtour synthetic --size small`` writes them."""
    captures = tmp_path_factory.mktemp("sample") / "captures"
    synthesise_site(captures, SyntheticOptions())
    return captures


@pytest.fixture(scope="session")
def small_build(small_captures):
    """The finished work folder of the small synthetic site, profile preview."""
    work = open_work(small_captures.parent / "work", small_captures)
    for _ in run_stages(work, STAGES, profile_options(Profile.preview)):
        pass
    return work
