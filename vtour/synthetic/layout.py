"""Where the large things of the courtyard stand, and what they are made of.

Frame: world (+X east, +Y up, -Z north), metres; the origin lies in the middle of the paving.
"""

from enum import IntEnum

import numpy as np

HALF_X_M, HALF_Z_M = 12.5, 10.0
PAVILION = np.array([3.2, 0.0, -2.6])
STATUE = np.array([-3.4, 0.0, -0.6])
STELE = np.array([-7.6, 0.75, -7.4])
BURNER = np.array([0.2, 0.0, 3.4])


class Material(IntEnum):
    """What a surface is made of; the number goes to the shading kernel."""

    paving = 0
    rock = 1
    brick = 2
    stone = 3
    wood = 4
    tiles = 5
    statue = 6
    target = 7
    earth = 8
    inscription = 9
    plaster = 10
    hill = 11
    bronze = 12
