"""What a project's own tests do to an extension, written down while they run, and read back as models."""
