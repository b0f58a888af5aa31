"""Named option sets: a quick look, the web, the archive. The figures are bound here, once."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

from vtour.errors import OptionError
from vtour.optimise.derivatives import Budgets
from vtour.options import StageOptions, with_text_values
from vtour.stages import STAGES


class Profile(StrEnum):
    """What a build is for."""

    preview = "preview"
    web = "web"
    archive = "archive"


FEW_LOOKS: dict[str, Any] = {"views": 4, "view_px": 512, "highest": False, "ar": False}
"""For a preview, of the site's own model and of others."""

CHANGES: dict[Profile, dict[str, dict[str, Any]]] = {
    Profile.preview: {
        "blur": {"photo_px": 1280, "sphere_px": 2048},
        "features": {"sift_px": 1600, "sphere_px": 2048, "sphere_features": 12000},
        "depth": {"depth_px": 640},
        "mesh": {"max_faces": 100_000},
        "texture": {"texture_px": 2048},
        "derivatives": FEW_LOOKS,
        "models": FEW_LOOKS,
    },
    Profile.web: {
        "features": {"sift_px": 2400},
        "depth": {"depth_px": 1024},
        "texture": {"texture_px": 4096},
        "derivatives": {"budgets": Budgets.errors},
        "models": {"budgets": Budgets.errors},
    },
    Profile.archive: {
        "blur": {"photo_px": 2400, "sphere_px": 6144},
        "features": {"sift_px": 3200, "sphere_px": 6144, "sphere_features": 30000},
        "pyramid": {"max_width": 32768},
        "depth": {"depth_px": 3200},
        "texture": {"texture_px": 8192},
    },
}


def profile_options(profile: Profile) -> dict[str, StageOptions]:
    """Every stage's options under a profile."""
    changes = CHANGES[profile]
    return {stage.name: replace(stage.defaults, **changes.get(stage.name, {})) for stage in STAGES}


def with_settings(
    options: dict[str, StageOptions], settings: tuple[str, ...]
) -> dict[str, StageOptions]:
    """Apply ``stage.option=value`` texts. Raises OptionError naming the first that does not fit."""
    changed = dict(options)
    for setting in settings:
        name, equals, value = setting.partition("=")
        stage, dot, option = name.partition(".")
        if not equals or not dot:
            raise OptionError(f"setting {setting!r}: expected STAGE.OPTION=VALUE")
        if stage not in changed:
            raise OptionError(f"setting {setting!r}: unknown stage, expected {', '.join(changed)}")
        try:
            changed[stage] = with_text_values(changed[stage], {option.replace("-", "_"): value})
        except OptionError as error:
            raise OptionError(f"stage {stage}: {error}") from None
    return changed
