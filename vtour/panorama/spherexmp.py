"""The GPano packet of a stitched sphere, and what it says.

Names: developers.google.com/streetview/spherical-metadata.
"""

GPano = dict[str, str | float | bool]

SOFTWARE = "vtour"


def gpano_of_sphere(
    *,
    width: int,
    left: int,
    top: int,
    size_px: tuple[int, int],
    photos: int,
) -> GPano:
    """What GPano says of a level picture of ``size_px`` cut at ``left``, ``top`` from a sphere
    ``width`` px around. Its compass heading is not known, so none is given.
    """
    return {
        "CroppedAreaImageHeightPixels": float(size_px[1]),
        "CroppedAreaImageWidthPixels": float(size_px[0]),
        "CroppedAreaLeftPixels": float(left),
        "CroppedAreaTopPixels": float(top),
        "FullPanoHeightPixels": float(width // 2),
        "FullPanoWidthPixels": float(width),
        "PosePitchDegrees": 0.0,
        "PoseRollDegrees": 0.0,
        "ProjectionType": "equirectangular",
        "SourcePhotosCount": float(photos),
        "StitchingSoftware": SOFTWARE,
        "UsePanoramaViewer": True,
    }


def packet_of(gpano: GPano) -> bytes:
    """The XMP packet with these properties as attributes."""
    attributes = "\n".join(f'   GPano:{name}="{_text(value)}"' for name, value in gpano.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '  <rdf:Description rdf:about=""\n'
        '   xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"\n'
        f"{attributes}/>\n"
        " </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="r"?>'
    ).encode()


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
