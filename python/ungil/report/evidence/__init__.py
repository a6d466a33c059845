"""The evidence of a project as one HTML file, as Markdown for a pull request, and as JSON."""
