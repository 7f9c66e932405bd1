-- As samples.sql, and of each suite and candidate only the latest run among those asked for.
WITH asked AS (
    SELECT DISTINCT s.run_id, s.suite, s.candidate, r.created_at
    FROM sample_rows s
    JOIN runs r USING (run_id)
    WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], s.run_id))
        AND ($suite::VARCHAR IS NULL OR s.suite = $suite::VARCHAR)
        AND ($candidate::VARCHAR IS NULL OR s.candidate = $candidate::VARCHAR)
),
latest AS (
    SELECT suite, candidate, arg_max(run_id, (created_at, run_id)) AS run_id
    FROM asked
    GROUP BY ALL
)
SELECT *
FROM samples
SEMI JOIN latest USING (run_id, suite, candidate)
ORDER BY run_id, entry;
