"""Facts about panoramas: nodes of a tour, standpoints, links, masters and pyramids."""

from collections import Counter
from typing import Any

from vtour.schema.masters import Master, Masters, Pyramids
from vtour.schema.standpoints import Standpoint, Standpoints, Ways
from vtour.schema.tour import Node, Panorama

Facts = dict[str, Any]


def node_facts(node: Node) -> Facts:
    """One node: its names, how it got its place, its picture, its links."""
    facts: Facts = {"id": node.id, "name": " / ".join(node.name.values()) or "none"}
    if node.pose.placed_by:
        facts["placed_by"] = node.pose.placed_by.value
    if node.pose.sigma_m is not None:
        facts["sigma_m"] = node.pose.sigma_m
    return {
        **facts,
        **panorama_facts(node.panorama),
        "links": [link.to for link in node.links],
    }


def panorama_facts(panorama: Panorama) -> Facts:
    """One pyramid: its finest level, its formats."""
    width = max((level.width for level in panorama.levels), default=0)
    return {"width": width, "formats": list(panorama.formats)}


def standpoints_facts(found: Standpoints) -> Facts:
    """standpoints.json."""
    return {
        "kind": "standpoints of panoramas",
        "placed_by": dict(sorted(Counter(p.placed_by.value for p in found.standpoints).items())),
        "standpoints": [_standpoint(point) for point in found.standpoints],
    }


def _standpoint(point: Standpoint) -> Facts:
    facts: Facts = {
        "id": point.id,
        "source": point.source,
        "placed_by": point.placed_by.value,
        "levelled": point.levelled,
    }
    return facts | ({"sigma_m": point.sigma_m} if point.sigma_m is not None else {})


def ways_facts(ways: Ways) -> Facts:
    """links.json."""
    pairs = {frozenset((way.from_node, way.to)) for way in ways.links}
    return {
        "kind": "links between nodes",
        "links": len(pairs),
        "sources": dict(sorted(Counter(way.source for way in ways.links).items())),
        "left_out": len(ways.left_out),
        "next": "vtour tour graph draws them",
    }


def masters_facts(masters: Masters) -> Facts:
    """masters.json."""
    return {"kind": "levelled panoramas", "masters": [_master(one) for one in masters.masters]}


def _master(master: Master) -> Facts:
    return {
        "id": master.id,
        "size_px": [master.width, master.height],
        "levelled": master.levelled,
        "tilt_deg": master.tilt_deg,
        "blurred": master.blurred,
    }


def pyramids_facts(pyramids: Pyramids) -> Facts:
    """tiles.json."""
    return {
        "kind": "tile pyramids",
        "panoramas": [{"id": n, **panorama_facts(p)} for n, p in pyramids.panoramas.items()],
    }
