"""What the team decides about failures, kept in git: records, the agenda, what became of them, minutes."""
