import numpy as np
from textured_scene import pinhole

from vtour.atlas.charts import Charts
from vtour.atlas.fill import pull_push
from vtour.atlas.packing import pack
from vtour.atlas.texels import owners, texels_of
from vtour.reconstruct.atlas import filled, paint_view
from vtour.reconstruct.photo_tones import Tones
from vtour.reconstruct.photo_views import View
from vtour.schema.inventory import CaptureFile, FileKind, FileStatus

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


def test_four_mip_levels_hold_no_background():
    """Charts packed as in a model, all in reds and yellows; the background would be black."""
    rng = np.random.default_rng(2)
    charts = boxes([(w, h) for w, h in rng.uniform(3, 90, (60, 2))])
    packing = pack(charts, most_px=512, gutter_px=4)
    owner = owners(packing.texels(charts), charts.faces, packing.size_px)
    colours = np.stack([np.full(60, 200), rng.uniform(40, 180, 60), np.full(60, 30)], axis=1)
    canvas = np.where(owner[..., None] >= 0, colours[charts.chart[owner]], 0).astype(np.float32)

    level = filled(canvas.reshape(-1, 3), owner, 4).astype(float)
    inside = owner >= 0
    assert (level[inside] == np.rint(canvas[inside])).all()
    for number in range(1, 5):
        level = level.reshape(len(level) // 2, 2, -1, 2, 3).mean(axis=(1, 3))
        inside = inside.reshape(len(inside) // 2, 2, -1, 2).any(axis=(1, 3))
        assert np.abs(level[inside][:, [0, 2]] - (200, 30)).max() < 1
        assert level[inside][:, 1].min() >= 39
        if number <= 2:  # the gutter of 4 px keeps each chart's own colour so far
            own = (owner >= 0).reshape(len(level), 2**number, len(level), 2**number)
            chart = np.where(owner >= 0, charts.chart[owner], -1)
            first = chart.reshape(own.shape).max(axis=(1, 3))
            green = colours[first[inside], 1]
            assert np.abs(level[inside][:, 1] - green).max() < 1.0


def boxes(sizes):
    """A chart of two faces for each width and height."""
    faces, chart, flat = [], [], []
    for number, (width, height) in enumerate(sizes):
        at = len(flat)
        flat += [(0, 0), (width, 0), (width, height), (0, height)]
        faces += [(at, at + 1, at + 2), (at, at + 2, at + 3)]
        chart += [number, number]
    return Charts(
        chart=np.array(chart),
        faces=np.array(faces),
        source=np.arange(len(flat)),
        chart_of_corner=np.arange(len(flat)) // 4,
        flat=np.array(flat, float),
        size=np.array(sizes, float),
    )


def test_dark_corners_of_a_photo_are_painted_brighter():
    """A grey photo of 320 x 240 px and focal length 300 px before a square one unit away.

    The corner of the photo lies at (160, 120) px from its centre, 200 px; the square's texels
    are 10 px apart from the centre to the right.
    """
    view = View(
        file=CaptureFile(
            path="a.png",
            kind=FileKind.photo,
            status=FileStatus.used,
            bytes=1,
            sha256="0" * 64,
        ),
        camera=pinhole(),
        rotation=np.eye(3),
        translation=np.zeros(3),
    )
    square = np.array([[0, 0], [16, 0], [16, 16], [0, 16]], float)
    points = np.column_stack([square * 10 / 300, np.ones(4)])
    owner = owners(square, TWO, SIZE)
    texels = texels_of(owner, square, TWO, np.array([0, 1]))
    canvas = np.zeros((SIZE * SIZE, 3), np.float32)
    ones = np.ones((1, 3), np.float32)
    tones = Tones(gain=2 * ones, power=ones, shading=np.array([0.4], np.float32))

    paint_view(
        canvas,
        texels,
        points[TWO],
        np.ones((2, 3), np.float32),
        np.full((2, 3, 3), 7, np.float32),
        view,
        np.full((240, 320, 3), 40, np.uint8),
        tones,
        0,
    )

    image = canvas.reshape(SIZE, SIZE, 3)
    for row, column in ((0, 0), (3, 12), (11, 15)):
        x, y = 10 * (column + 0.5), 10 * (row + 0.5)
        expected = 2 * 40 * np.exp(0.4 * (x**2 + y**2) / 200**2) + 7
        np.testing.assert_allclose(image[row, column], expected, rtol=1e-4)


def test_colours_are_clipped_and_rounded():
    owner = np.zeros((2, 2), np.int32)
    canvas = np.array([[-5, 0.4, 0.6], [254.6, 300, 128], [1, 2, 3], [4, 5, 6]], np.float32)

    image = filled(canvas, owner, 1)

    np.testing.assert_array_equal(image[0], [[0, 0, 1], [255, 255, 128]])
