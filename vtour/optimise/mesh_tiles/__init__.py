"""A large model as 3D Tiles: a tree of meshes, each coarser than those below it."""
