import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.world.textured_room import Room, panoramas_of, photographed, scanned
from vtour.progress import no_progress
from vtour.world.scan_search import Guess
from vtour.world.scan_surface import Surface
from vtour.world.scan_tie import (
    Scans,
    confirmed_near,
    pictures_of,
    scan_from_sfm,
    share_asked,
    share_in_air,
)
from vtour.world.similarity import Similarity


@pytest.fixture(scope="module")
def site():
    return photographed(Room(1))


@pytest.fixture(scope="module")
def tied(site, scans):
    return scan_from_sfm(site.model, scans, site.read)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    return scanned(Room(1), tmp_path_factory.mktemp("scans"))


def off_m(tie, site):
    """Greatest distance of the cameras to where they truly are."""
    found = tie.scan_from_sfm.apply(site.model.centres_in_sfm)
    return np.linalg.norm(found - site.room_from_sfm.apply(site.model.centres_in_sfm), axis=1).max()


def test_photos_meet_the_scan_of_their_room(site, tied):
    tie, reason = tied

    assert reason == ""
    assert off_m(tie, site) < 0.003
    assert tie.scan_from_sfm.scale == pytest.approx(site.room_from_sfm.scale, rel=5e-4)
    assert tie.median_m < 0.004
    assert tie.on_surface > 0.9 > 0.6 > tie.by_chance
    assert tie.in_air < 0.01
    assert 1e-5 < tie.scale_sigma < 2e-3


def test_panoramas_alone_meet_the_scan(scans):
    site = panoramas_of(Room(1))

    tie, reason = scan_from_sfm(site.model, scans, site.read)

    assert reason == ""
    assert off_m(tie, site) < 0.003


def test_intensity_alone_is_enough(site, tmp_path):
    tie, _ = scan_from_sfm(
        site.model, scanned(Room(1), tmp_path, columns=("intensity",)), site.read
    )

    assert off_m(tie, site) < 0.004


@pytest.mark.slow
def test_a_cloud_without_mirror_is_looked_at_from_places_among_its_points(site, scans):
    cloud = Scans(scans.poses[:1], scans.stores[:1], [False])

    tie, reason = scan_from_sfm(site.model, cloud, site.read)

    assert reason == ""
    assert off_m(tie, site) < 0.006


def test_the_same_room_with_other_walls_is_refused(site, tmp_path):
    tie, reason = scan_from_sfm(site.model, scanned(Room(2), tmp_path), site.read)

    assert tie is None
    assert "features agree" in reason


def test_the_result_is_the_same_again(site, scans, tied):
    one, _ = tied
    two, _ = scan_from_sfm(site.model, scans, site.read)

    assert np.array_equal(one.scan_from_sfm.matrix, two.scan_from_sfm.matrix)
    assert one.scale_sigma == two.scale_sigma


def test_more_is_asked_where_chance_gives_more():
    assert share_asked(0.01) == pytest.approx(0.03)
    assert share_asked(0.5) == pytest.approx(0.75)


def guess_off(site, metres, scale, turn):
    true, turned = site.room_from_sfm, Rotation.from_euler("z", turn).as_matrix()
    rotation = turned @ true.rotation
    middle = np.median(site.model.points_in_sfm, axis=0)
    shift = true.apply(middle) + metres - scale * true.scale * rotation @ middle
    return Guess(Similarity(scale * true.scale, rotation, shift), 0.6, 0.03, 0.05)


def test_without_pictures_a_guess_is_refined(site, tmp_path):
    bare = scanned(Room(1), tmp_path, columns=())

    nothing, reason = scan_from_sfm(site.model, bare, site.read)
    tie, _ = scan_from_sfm(
        site.model, bare, site.read, [guess_off(site, [0.2, -0.2, 0.1], 1.02, 0.03)]
    )

    assert nothing is None
    assert reason == "scan and photos share no features"
    assert off_m(tie, site) < 0.004


def test_stations_without_pictures_still_look_through_what_hangs_in_the_air(site, tmp_path):
    bare = scanned(Room(1), tmp_path, columns=())
    sights = pictures_of(bare, no_progress).sights
    in_room = site.room_from_sfm.apply(site.model.points_in_sfm)

    assert len(sights) == 2
    assert share_in_air(in_room, sights, 0.01) < 0.01
    assert share_in_air(0.5 * in_room, sights, 0.01) > 0.9


def test_walls_alone_leave_photos_free_to_slide_up(site, tmp_path):
    walls = scanned(Room(1), tmp_path, columns=(), without=(4, 5))

    tie, _ = scan_from_sfm(site.model, walls, site.read, [guess_off(site, [0, 0, 0.1], 1.01, 0)])

    assert tie is None


def test_a_guess_that_is_far_off_is_not_confirmed(site, scans):
    surface = Surface.of_stations(scans.stores, scans.poses)

    tie, reason = confirmed_near(site.model, surface, [], guess_off(site, [20.0, 0, 0], 1.0, 0.7))

    assert tie is None
    assert "sparse point" in reason
