"""Where a project is built, installed and run: environments of its own, which leave the project as it is."""
