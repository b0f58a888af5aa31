import numpy as np

from vtour.reconstruct.atlas import filled, owners, pull_push, texels_of

SIZE = 16
SQUARE = np.array([[2, 3], [10, 3], [10, 9], [2, 9]], float)
TWO = np.array([[0, 1, 2], [0, 2, 3]])


def test_texels_whose_centres_a_face_covers_are_its_own():
    owner = owners(SQUARE, TWO, SIZE)

    inside = np.zeros((SIZE, SIZE), bool)
    inside[3:9, 2:10] = True  # rows are y
    np.testing.assert_array_equal(owner >= 0, inside)
    assert owner[3, 9] == 0  # upper right
    assert owner[8, 2] == 1  # lower left


def test_a_sliver_gets_one_texel():
    sliver = np.array([[4.1, 4.1], [12.2, 4.2], [8.0, 4.15]])

    assert (owners(sliver, np.array([[0, 1, 2]]), SIZE) == 0).sum() == 1


def test_corner_weights_give_the_texel_centre_back():
    owner = owners(SQUARE, TWO, SIZE)

    texels = texels_of(owner, SQUARE, TWO, np.array([1, 0]))

    assert len(texels.index) == 48
    place = np.einsum("kc,kcx->kx", texels.corners, SQUARE[TWO[[1, 0]]][texels.entry])
    rows, columns = np.divmod(texels.index, SIZE)
    np.testing.assert_allclose(place, np.stack([columns, rows], axis=1) + 0.5, atol=1e-5)


def test_gutters_take_the_colour_of_their_chart_and_the_rest_is_filled():
    owner = np.full((SIZE, SIZE), -1, np.int32)
    owner[2:4, 2:4], owner[10:14, 9:14] = 0, 1
    canvas = np.zeros((SIZE, SIZE, 3), np.float32)
    canvas[owner == 0], canvas[owner == 1] = (200, 40, 10), (20, 90, 255)

    image = filled(canvas.reshape(-1, 3), owner, 2)

    assert (image[0:6, 0:6] == (200, 40, 10)).all()
    assert (image[8:16, 7:16] == (20, 90, 255)).all()
    assert (image.max(axis=2) > 0).all()


def test_coarser_levels_see_no_background():
    """Means over 2 x 2, 4 x 4, 8 x 8 blocks that hold some of a chart stay near its colour."""
    known = np.zeros((SIZE, SIZE), bool)
    known[5:11, 3:6] = True
    image = np.where(known[..., None], np.float32(180), np.float32(0)) * np.ones(3, np.float32)

    pull_push(image, known)

    np.testing.assert_allclose(image, 180, atol=1e-3)


def test_colours_are_clipped_and_rounded():
    owner = np.zeros((2, 2), np.int32)
    canvas = np.array([[-5, 0.4, 0.6], [254.6, 300, 128], [1, 2, 3], [4, 5, 6]], np.float32)

    image = filled(canvas, owner, 1)

    np.testing.assert_array_equal(image[0], [[0, 0, 1], [255, 255, 128]])
