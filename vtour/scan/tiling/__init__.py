"""Parts of the point tiles: octree, buckets, GLB and tileset.json."""
