"""What a suite brings that runs: patterns, schemas and templates, each within limits of time and size."""
