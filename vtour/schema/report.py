"""Reports of stages: measures with units. Gates, report.html and the manifest read only these."""

from typing import Any

from pydantic import Field

from vtour.schema.base import Model

# name: (unit, what it is). Names are registered once, here; thresholds use these names.
MEASURES: dict[str, tuple[str, str]] = {
    # inventory
    "files": ("1", "files found among the captures"),
    "photos_usable": ("1", "photos that can be used"),
    "photos_unusable": ("1", "photos set aside, each with a reason"),
    "panoramas_usable": ("1", "equirectangular panoramas that can be used"),
    "panoramas_unusable": ("1", "panoramas set aside, each with a reason"),
    "panorama_sets": ("1", "sets of photos or fisheye pairs to stitch, one a standpoint"),
    "masks_usable": ("1", "masks of photos that can be used"),
    "photos_blurred": ("1", "usable photos less sharp than the sharpness bound"),
    "photos_duplicate": ("1", "photos that repeat another one"),
    "photos_with_gps": ("1", "usable photos with a GPS position"),
    "not_processed_yet": ("1", "captures of a kind that no stage processes yet"),
    "expected_overlap": ("1", "median share of a photo found again in its best neighbour"),
    # blur
    "blur_proposed": ("1", "places that look like faces, found in all images"),
    "blur_regions": ("1", "places blurred in all that is published"),
    "blur_reviewed": ("1", "1 when a person signed the review of just these places, else 0"),
    # stitch
    "panoramas_stitched": ("1", "spheres stitched from sets of photos"),
    "stitch_photos_used": ("1", "photos of sets that a sphere was made of"),
    "stitch_photos_left_out": ("1", "photos of sets left out, each with a reason"),
    "stitch_residual": ("deg", "RMS distance of matched points on the sphere"),
    # scans, register, cloud, points
    "scans_usable": ("1", "scan files that can be used"),
    "scans_unusable": ("1", "scan files set aside, each with a reason"),
    "stations_read": ("1", "scans read from the files"),
    "scan_points": ("1", "points read from the files"),
    "scan_points_invalid": ("1", "points of the files left out: marked invalid, not finite, far"),
    "stations_registered": ("1", "stations registered to each other"),
    "registration_rmse": ("m", "RMS distance of matched points of registered stations"),
    "registration_residual": ("m", "greatest difference of a pair to the solved poses"),
    "registration_overlap": ("1", "median overlap of the pairs that were used"),
    "scan_control_residual": ("m", "RMS distance of scanner targets to their control points"),
    "scan_check_residual": ("m", "RMS distance of scanner targets to their check points"),
    "scan_to_photos": ("m", "median distance of sparse points to the scan"),
    "cloud_points": ("1", "points of the merged and cleaned scan"),
    "cloud_points_removed": ("1", "share of the scans' points taken out as noise or people"),
    "cloud_spacing": ("m", "median distance of neighbouring points of the merged scan"),
    "point_tiles": ("1", "tiles of the point tileset"),
    "point_tiles_bytes": ("B", "bytes of the point tileset"),
    "bytes_per_point": ("B", "bytes of the point tileset for each of its points"),
    # models made elsewhere
    "models_usable": ("1", "models made elsewhere that can be used"),
    "models_unusable": ("1", "models made elsewhere that cannot be used"),
    "models_made": ("1", "models made elsewhere that are part of the tour"),
    "models_placed": ("1", "of these, those whose place in the world is known"),
    "model_bytes": ("B", "bytes of all derivatives of models made elsewhere"),
    # features
    "keypoints_per_photo": ("1", "median number of SIFT keypoints in a photo"),
    "keypoints_per_panorama": ("1", "median number of SIFT keypoints in a panorama"),
    "pairs_matched": ("1", "pairs of images with enough geometrically verified matches"),
    # sparse
    "panoramas_in": ("1", "panoramas given to structure from motion"),
    "panoramas_registered": ("1", "panoramas whose place was solved"),
    "photos_in": ("1", "photos given to structure from motion"),
    "photos_registered": ("1", "photos whose camera was solved"),
    "components": ("1", "separate reconstructions found; the largest is kept"),
    "sparse_points": ("1", "triangulated points"),
    "reprojection_error": ("px", "mean reprojection error of the sparse points"),
    "parallax": ("deg", "median angle between the outermost rays that see a sparse point"),
    "track_length": ("1", "mean number of photos that see a sparse point"),
    # world
    "gps_residual": ("m", "RMS distance of camera centres to GPS after the fit"),
    "control_residual": ("m", "RMS residual of control points used in the fit"),
    "check_residual": ("m", "RMS residual of check points held out of the fit"),
    "scale_bar_residual": ("m", "RMS difference of lengths in the model to those of scalebars.csv"),
    "panoramas_placed_by_sfm": ("1", "panoramas whose place structure from motion solved"),
    "panorama_position_sigma": ("m", "median standard deviation of a panorama's position"),
    "scale_sigma": ("1", "standard deviation of the scale, as a share of it"),
    "ground_sampling_distance": ("m", "median size of a photo pixel on the sparse points"),
    # depth, fuse
    "depth_maps": ("1", "depth maps written"),
    "depth_completeness": ("1", "mean share of pixels with a depth that survived filtering"),
    "depth_time_per_megapixel": ("s/Mpx", "wall time of stereo for a megapixel of depth map"),
    "dense_points": ("1", "points of the fused cloud"),
    # mesh
    "faces": ("1", "triangles of the master mesh"),
    "vertices": ("1", "vertices of the master mesh"),
    "holes": ("1", "boundary loops of the master mesh"),
    "mesh_area": ("m2", "surface area of the master mesh"),
    # texture
    "faces_textured": ("1", "share of faces that a photo sees"),
    "texture_size": ("px", "edge of the texture atlas"),
    "texture_density": ("px/m", "median texture pixels along a metre of surface"),
    "charts": ("1", "charts of the texture atlas"),
    # master, pyramid
    "panorama_masters": ("1", "levelled panoramas written"),
    "panoramas_levelled": ("1", "masters whose horizon is level"),
    "panorama_tilt": ("deg", "greatest tilt that levelling took out of a panorama"),
    "panorama_captured": ("1", "least share of its sphere that a panorama captured"),
    "panorama_tiles": ("1", "tiles of all pyramids, each format counted"),
    "panorama_bytes": ("B", "bytes of all pyramids, base images and thumbs included"),
    "panorama_width": ("px", "greatest width of a pyramid's finest level"),
    # links
    "nodes": ("1", "panoramas of the tour"),
    "links": ("1", "links between two nodes, both ways counted once"),
    "links_barred": ("1", "pairs of near nodes with something between them"),
    "node_components": ("1", "parts of the tour that open ways connect, before they are joined"),
    "node_spacing": ("m", "median edge of the shortest tree over the nodes"),
    # derivatives, package
    "derivative_bytes": ("B", "bytes of all derivatives together"),
    "thumb_bytes": ("B", "bytes of the thumb derivative"),
    "low_bytes": ("B", "bytes of the low derivative"),
    "medium_bytes": ("B", "bytes of the medium derivative"),
    "high_bytes": ("B", "bytes of the high derivative"),
    "highest_bytes": ("B", "bytes of the highest derivative"),
    "model_tiles": ("1", "mesh tiles of a model too large for a derivative"),
    "derivative_ssim": ("1", "SSIM of the finest derivative and the master, the worst view"),
    "derivative_psnr": ("dB", "PSNR of the finest derivative and the master, the worst view"),
    "derivative_silhouette": (
        "1",
        "share of the master's silhouette that the finest derivative misses or adds",
    ),
    "derivative_hausdorff": ("m", "greatest distance of the finest derivative and the master"),
    "package_bytes": ("B", "bytes of the scene package"),
    "hotspots": ("1", "hotspots placed in the world"),
    "hotspots_left_out": ("1", "hotspots that could not be placed, each with a warning"),
    # any stage
    "wall_time": ("s", "wall-clock time of the stage"),
    "peak_memory": ("B", "peak resident memory of the stage's process and its children"),
}


class Measure(Model):
    """One measured figure."""

    value: float
    unit: str
    n: int | None = None
    note: str | None = None


class StageReport(Model):
    """What a stage measured and what it wants the user to know."""

    stage: str
    version: int = 1
    inputs: dict[str, str] = Field(default_factory=dict)
    measures: dict[str, Measure] = Field(default_factory=dict)
    warnings: list[str] = Field(default_factory=list)
    details: dict[str, Any] = Field(default_factory=dict)

    def measure(self, name: str, value: float, *, n: int | None = None, note: str = "") -> None:
        """Record a figure under a registered name; its unit comes from the register.

        Raises KeyError for a name that is not registered: that is a bug, not bad input.
        """
        unit, _ = MEASURES[name]
        self.measures[name] = Measure(value=float(value), unit=unit, n=n, note=note or None)
