"""Options of the stage ``world``."""

from dataclasses import dataclass

from vtour.options import StageOptions, option


@dataclass(frozen=True, kw_only=True)
class WorldOptions(StageOptions):
    """Options of the stage ``world``."""

    use_control: bool = option(True, "use control points when there are some")
    use_gps: bool = option(True, "use the positions in the photos when there are enough")
    gps_sigma_m: float = option(
        5.0, "error of a position whose photo does not tell it", unit="m", minimum=0.001
    )
    max_scale_sigma: float = option(
        0.1, "share of the scale that may be uncertain before it counts as unknown", minimum=0.0
    )


WORLD_DEFAULTS = WorldOptions()
