"""From photos to a textured mesh: features, sparse, depth, fuse, mesh, texture."""
