-- As samples.sql, and of each suite and candidate only the latest run among those asked for.
WITH latest AS (
    SELECT s.suite, s.candidate, arg_max(s.run_id, (coalesce(r.sequence, 0), r.created_at, s.run_id)) AS run_id
    FROM (SELECT DISTINCT run_id, suite, candidate FROM sample_rows) s
    JOIN runs r USING (run_id)
    WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], s.run_id))
        AND ($suite::VARCHAR IS NULL OR s.suite = $suite::VARCHAR)
        AND ($candidate::VARCHAR IS NULL OR s.candidate = $candidate::VARCHAR)
    GROUP BY s.suite, s.candidate
)
SELECT samples.*
FROM samples
SEMI JOIN latest USING (run_id, suite, candidate)
JOIN runs r ON r.run_id = samples.run_id
ORDER BY coalesce(r.sequence, 0), r.created_at, samples.run_id, samples.entry;
