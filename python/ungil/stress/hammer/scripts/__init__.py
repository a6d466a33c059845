"""Programs in plain Python threads that show a finding without the hammer."""
