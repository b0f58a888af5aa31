"""What the stages of a tour read of a site as a whole: site.yaml, its title."""

from vtour.schema.inventory import Inventory
from vtour.schema.site import Site
from vtour.siteyaml import read_site
from vtour.workspace import Workspace


def site_of(work: Workspace) -> Site:
    """site.yaml of the captures, or a site that has nothing but its id."""
    path = work.site_path()
    return Site(id=work.files.site_id) if path is None else read_site(path)


def title_from_folder(inventory: Inventory) -> str:
    """A title for a site that was given none, from its folder: 'lund-door' is 'Lund door'."""
    words = (inventory.folder or inventory.site_id).replace("-", " ").replace("_", " ").split()
    title = " ".join(words) or inventory.site_id
    return title[:1].upper() + title[1:]
