"""How alike two scenes look, and how far apart their surfaces lie.

camera -> rays of a view; surface -> what a view sees; textures, shading -> colours; pictures;
ring -> which views; likeness -> SSIM and silhouettes; distances; quality -> the search.
"""
