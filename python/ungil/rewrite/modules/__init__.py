"""Where a module is made and filled, and what declares about it, in the source and in the build."""
