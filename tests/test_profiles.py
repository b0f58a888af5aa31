import pytest

from vtour.errors import OptionError
from vtour.profiles import CHANGES, Profile, profile_options, with_settings
from vtour.stages import STAGES


@pytest.mark.parametrize(
    ("profile", "sift_px", "depth_px", "texture_px"),
    [("preview", 1600, 640, 2048), ("web", 2400, 1024, 4096), ("archive", 3200, 3200, 8192)],
)
def test_profiles_bind_the_figures_of_the_design(profile, sift_px, depth_px, texture_px):
    options = profile_options(Profile(profile))
    assert options["features"].sift_px == sift_px
    assert options["depth"].depth_px == depth_px
    assert options["texture"].texture_px == texture_px


def test_every_stage_has_options_in_every_profile():
    for profile in Profile:
        assert set(CHANGES[profile]) <= {stage.name for stage in STAGES}
        assert list(profile_options(profile)) == [stage.name for stage in STAGES]


def test_a_setting_changes_one_option_of_one_stage():
    before = profile_options(Profile.web)
    after = with_settings(before, ("mesh.max-faces=1000",))
    assert after["mesh"].max_faces == 1000
    assert {name for name in after if after[name] != before[name]} == {"mesh"}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("mesh", "expected STAGE.OPTION=VALUE"),
        ("mesh.max_faces", "expected STAGE.OPTION=VALUE"),
        ("max_faces=3", "expected STAGE.OPTION=VALUE"),
        ("meshes.max_faces=3", "unknown stage, expected inventory"),
        ("mesh.faces=3", "option 'faces': unknown"),
        ("mesh.max_faces=few", "stage mesh: max_faces=few: expected a whole number"),
        ("mesh.max_faces=1", "max_faces=1: expected 100 to"),
    ],
)
def test_bad_settings(setting, message):
    with pytest.raises(OptionError, match=message):
        with_settings(profile_options(Profile.web), (setting,))
