"""The two ways to fewer bytes: the master's own charts kept, or a new surface baked from it."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from vtour.glb.pictures import PictureFormat
from vtour.glb.scene import Scene
from vtour.glb.xmp import Credits
from vtour.optimise.choosing.subject import Subject
from vtour.optimise.looks.compare import MasterViews
from vtour.optimise.looks.quality import Try
from vtour.optimise.looks.shading import Light
from vtour.optimise.looks.watch import Watched
from vtour.optimise.shaping.decimate import Budget, decimate_scene, fewer_faces
from vtour.optimise.shaping.rebake import RebakeOptions, Rebaker
from vtour.optimise.shaping.texel_density import texture_px_for
from vtour.optimise.writing.write_web import WebOptions

FACES_SLACK = 1.2  # charts that keep their borders miss a budget of faces by so much at most...
ASKED = 0.97  # ... and then are asked for so much less
REBAKED_DENSITY = 1.5  # texels along a line for one of the master: what resampling blurs, in part
STEP_PX = 64


class Way(StrEnum):
    """How a version is made of its master."""

    kept = "kept"
    rebaked = "re-baked"


@dataclass(eq=False)
class Ways:
    """Makes the subjects of a search; those with all faces are made once."""

    rebaker: Rebaker
    views: MasterViews
    lights: tuple[Light, ...]
    web: WebOptions
    credits: Credits | None
    log: list[Try] = field(default_factory=list)
    watched: dict[Way, Watched] = field(default_factory=dict)
    _whole: dict[Way, tuple[int, Subject]] = field(default_factory=dict)

    @property
    def master(self) -> Scene:
        """What all are made of."""
        return self.rebaker.master

    def subject(self, way: Way, budget: Budget, px: int) -> Subject | None:
        """The master within a budget of faces or of error; None when its charts do not allow it.

        px : the longest edge of textures that is needed.
        """
        if way is Way.kept:
            px = 0  # its textures are as they are
        whole = budget.faces is not None and budget.faces >= self.master.faces
        known = self._whole.get(way)
        if whole and known and known[0] >= px:
            return known[1]
        made = self._made(way, budget, px)
        if made is None:
            return None
        scene, notes = made
        # KTX2 takes minutes: its quality is that of WebP at the same looks, as near as can be told
        pictures = PictureFormat.webp if self.web.pictures is PictureFormat.ktx2 else None
        web = replace(self.web, pictures=pictures) if pictures else self.web
        # each way is worst elsewhere: arch re-baked had 0.933 in kept's worst, 0.920 in its own
        watched = self.watched.setdefault(way, Watched(self.views, self.lights))
        subject = Subject(way, scene, watched, web, self.credits, notes, self.log)
        if whole:
            self._whole[way] = px, subject
        return subject

    def _kept(self, budget: Budget) -> Scene | None:
        """The master's own charts; borders of charts count, so a budget may take two tries."""
        if budget.faces is None:
            return decimate_scene(self.master, budget)[0]
        kept = fewer_faces(self.master, budget.faces)
        if kept.faces <= budget.faces:
            return kept if kept.parts else None
        if kept.faces > FACES_SLACK * budget.faces:
            return None
        fewer = max(1, round(ASKED * budget.faces**2 / kept.faces))
        kept = fewer_faces(self.master, fewer)
        return kept if kept.parts and kept.faces <= budget.faces else None

    def _made(self, way: Way, budget: Budget, px: int) -> tuple[Scene, list[str]] | None:
        if budget.faces is not None:
            budget = Budget(faces=min(budget.faces, self.master.faces))
        if way is Way.kept:
            kept = self._kept(budget)
            return None if kept is None else (kept, [])
        wanted = round(REBAKED_DENSITY * texture_px_for(self.master) / STEP_PX) * STEP_PX
        options = RebakeOptions(texture_px=max(STEP_PX, min(px, wanted)))
        baked, report = self.rebaker.make(budget, options)
        return baked, report.notes
