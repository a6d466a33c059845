"""One file for each stage: what it depends on, and its part of the evidence."""
