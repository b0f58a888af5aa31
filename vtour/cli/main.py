"""The ``vtour`` command: a group of commands, each in a module of its own, loaded when needed."""

import importlib
import io
import os
import sys

import click

from vtour import __version__
from vtour.cli.lazy import LazyGroup, Table
from vtour.cli.stopping import listen_to_sigterm

COMMANDS: Table = {
    "build": ("vtour.cli.build", "build", "Turn captures into a tour: all stages."),
    "inspect": ("vtour.cli.inspect", "inspect", "Say what was captured and what can be used."),
    "serve": ("vtour.cli.serve", "serve", "Show tours in a browser."),
    "validate": ("vtour.cli.validate", "validate", "Check a scene package."),
    "export": ("vtour.cli.export", "export", "Write a tour for another viewer."),
    "import": ("vtour.cli.import_tour", "import_tour", "Take over a tour of another viewer."),
    "info": ("vtour.cli.info", "info", "Say what a file or folder is."),
    "tour": ("vtour.cli.tour", "tour", "Look at a tour: its graph."),
    "optimise": ("vtour.cli.optimise", "optimise", "Make web versions of a model."),
    "panorama": ("vtour.cli.panorama", "panorama", "Work on panoramas: stitch, blur."),
    "catalog": ("vtour.cli.catalog", "catalog", "Track a rollout: sites, phases, evidence."),
    "synthetic": ("vtour.cli.synthetic", "synthetic", "Write a sample site with ground truth."),
}
STAGE_NAMES = {
    "inventory": "List every captured file, measure it, say what can be used.",
    "scans": "Read the laser scans.",
    "register": "Lay the stations of the scans onto each other.",
    "stitch": "Make panoramas of overlapping photos from one standpoint.",
    "blur": "Find faces in all that is published and hide them.",
    "features": "Find features in the photos and panoramas and match them.",
    "sparse": "Solve the cameras and a sparse point cloud.",
    "world": "Put the cameras into the site's world: metres, up, north.",
    "depth": "Compute a depth map for every photo.",
    "fuse": "Fuse the depth maps into one point cloud.",
    "cloud": "Clean the scans and merge them into one cloud.",
    "mesh": "Make a surface from the points of the photos and the scans.",
    "texture": "Texture the surface from the photos, or the scans' own colours.",
    "derivatives": "Make the web versions of the model.",
    "models": "Place models made elsewhere and make their web versions.",
    "points": "Cut the merged scan into tiles.",
    "master": "Level the panoramas and cover their tripods.",
    "pyramid": "Cut the panoramas into tiles.",
    "links": "Find the ways between the panoramas.",
    "package": "Write the scene package: tour.json and everything it names.",
}


class MainGroup(LazyGroup):
    """Whole commands, then the stages of a build."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of work: whole commands, then single stages."""
        return [*super().list_commands(ctx), *STAGE_NAMES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name in STAGE_NAMES:
            stages: dict[str, click.Command] = importlib.import_module(
                "vtour.cli.build"
            ).STAGE_COMMANDS
            return stages[cmd_name]
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands and stages apart, without loading them."""
        super().format_commands(ctx, formatter)
        with formatter.section("Stages of a build, one by one"):
            formatter.write_dl(list(STAGE_NAMES.items()))


@click.group(
    cls=MainGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="vtour")
def cli() -> None:
    """Turn captures of a site into a virtual tour, with measured quality.

    \b
    Start here:
      vtour synthetic captures --size small   a sample site, if you have no photos yet
      vtour inspect captures                  what is there, and what can be used
      vtour build captures --out work         photos to a tour
      vtour serve work                        look at it in a browser
    """  # noqa: D301


def main() -> None:
    """Run the command line."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # pycolmap's own log: errors only
    os.environ.setdefault("NUMBA_THREADING_LAYER", "omp")  # else it warns of an old TBB
    if isinstance(sys.stdout, io.TextIOWrapper):  # names of files need not be text
        sys.stdout.reconfigure(errors="backslashreplace")
    listen_to_sigterm()
    sys.exit(cli(standalone_mode=True))
