"""A project's own tests in parallel threads: what ran, in how many threads, and every way in which it failed."""
