-- As samples.sql, of the runs chosen for each suite and candidate.
WITH chosen AS (
    SELECT unnest($suites::VARCHAR[]) AS suite, unnest($candidates::VARCHAR[]) AS candidate,
        unnest($run_ids::VARCHAR[]) AS run_id
)
SELECT *
FROM samples
SEMI JOIN chosen USING (run_id, suite, candidate)
ORDER BY run_id, entry;
