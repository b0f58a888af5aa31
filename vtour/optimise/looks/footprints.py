"""How far a pixel reaches over a texture: derivatives of uvs over the picture, in closed form.

Where the ray o + t d meets the plane of a triangle a, a + e1, a + e2, the weights of its second
and third corner are quotients of terms linear in d (Moller and Trumbore 1997, eq. 6):
u = d.(e2 x s) / d.(e2 x e1), v = d.(s x e1) / d.(e2 x e1) with s = o - a. So are, by the rule
for quotients, their derivatives when d changes by a pixel.
"""

# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code=misc
# (numba infers the types of what it compiles; annotations would be checked by nobody)

import numpy as np
from numba import njit
from numpy.typing import NDArray

from vtour.glb.mesh import Float32Array
from vtour.glb.scene import Part

FloatArray = NDArray[np.float64]


def footprints_of(
    part: Part,
    face: NDArray[np.uint32],
    rays: Float32Array,
    steps: tuple[FloatArray, FloatArray],
) -> tuple[Float32Array, Float32Array]:
    """How uvs change to the pixel on the right and to that below: twice (k, 2) float32.

    rays  : (k, 6), which meet faces (k,) of the part.
    steps : how their directions change, (3,) each.
    """
    across, down = np.empty((len(face), 2), np.float32), np.empty((len(face), 2), np.float32)
    right, below = (np.ascontiguousarray(step, np.float64) for step in steps)
    _footprints(part.positions, part.faces, part.uvs, face, rays, right, below, across, down)
    return across, down


@njit(cache=True, nogil=True, inline="always")
def _cross(a, b):
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


@njit(cache=True, nogil=True, inline="always")
def _dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit(cache=True, nogil=True, error_model="numpy")
def _footprints(positions, faces, uvs, face, rays, right, below, across, down):
    for i in range(len(face)):
        a, b, c = faces[face[i]]
        ax, ay, az = float(positions[a, 0]), float(positions[a, 1]), float(positions[a, 2])
        e1 = (positions[b, 0] - ax, positions[b, 1] - ay, positions[b, 2] - az)
        e2 = (positions[c, 0] - ax, positions[c, 1] - ay, positions[c, 2] - az)
        s = (rays[i, 0] - ax, rays[i, 1] - ay, rays[i, 2] - az)
        d = (float(rays[i, 3]), float(rays[i, 4]), float(rays[i, 5]))
        p, q, r = _cross(e2, s), _cross(s, e1), _cross(e2, e1)
        u, v, w = _dot(d, p), _dot(d, q), _dot(d, r)
        for which in range(2):
            step = right if which == 0 else below
            dw = _dot(step, r)
            du = (_dot(step, p) * w - u * dw) / (w * w)
            dv = (_dot(step, q) * w - v * dw) / (w * w)
            out = across if which == 0 else down
            for k in range(2):
                out[i, k] = du * (uvs[b, k] - uvs[a, k]) + dv * (uvs[c, k] - uvs[a, k])
