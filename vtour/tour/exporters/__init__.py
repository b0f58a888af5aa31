"""Tours for other people's viewers: complete folders that Pannellum, Marzipano and PSV open."""
