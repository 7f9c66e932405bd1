-- Requests of the runs, suite and candidate asked for; NULL asks for all.
SELECT *
FROM attempts
WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], run_id))
    AND ($suite::VARCHAR IS NULL OR suite = $suite::VARCHAR)
    AND ($candidate::VARCHAR IS NULL OR candidate = $candidate::VARCHAR)
ORDER BY run_id, entry;
