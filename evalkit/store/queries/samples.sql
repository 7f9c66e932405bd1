-- Samples of the runs, suite and candidate asked for; NULL asks for all.
SELECT samples.*
FROM samples
JOIN runs r ON r.run_id = samples.run_id
WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], samples.run_id))
    AND ($suite::VARCHAR IS NULL OR suite = $suite::VARCHAR)
    AND ($candidate::VARCHAR IS NULL OR candidate = $candidate::VARCHAR)
ORDER BY coalesce(r.sequence, 0), r.created_at, samples.run_id, samples.entry;
