-- Runs, oldest first, each with what it holds.
SELECT r.*, coalesce(n.samples, 0) AS samples, coalesce(n.faulted, 0) AS faulted, coalesce(n.simulated, 0) AS simulated,
    coalesce(n.reused, 0) AS reused
FROM runs r
LEFT JOIN (
    SELECT run_id, count(*) AS samples, count_if(status = 'faulted') AS faulted, count_if(simulated) AS simulated,
        count(reused_from) AS reused
    FROM sample_rows
    GROUP BY run_id
) n USING (run_id)
WHERE $run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], r.run_id)
ORDER BY coalesce(r.sequence, 0), r.created_at, r.run_id;
