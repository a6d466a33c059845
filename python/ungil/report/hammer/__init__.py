"""Reports of a hunt: what was found, what was driven, and what never was."""
