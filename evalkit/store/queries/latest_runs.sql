-- The latest run of each suite and candidate among the runs asked for: what a report shows.
SELECT s.suite, s.candidate,
    arg_max(s.run_id, (coalesce(r.sequence, 0), r.created_at, s.run_id)) AS run_id,
    arg_max(r.created_at, (coalesce(r.sequence, 0), r.created_at, s.run_id)) AS created_at
FROM (SELECT DISTINCT run_id, suite, candidate FROM sample_rows) s
JOIN runs r USING (run_id)
WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], s.run_id))
    AND ($suite::VARCHAR IS NULL OR s.suite = $suite::VARCHAR)
    AND ($candidate::VARCHAR IS NULL OR s.candidate = $candidate::VARCHAR)
GROUP BY s.suite, s.candidate
ORDER BY s.suite, s.candidate;
