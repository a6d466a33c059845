"""Reports of a project's own tests: what was found, what ran in threads, what did not, and why."""
