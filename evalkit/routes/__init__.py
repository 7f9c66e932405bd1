"""Routes: which candidate serves which work, on what signal it escalates, and the evidence for it."""
