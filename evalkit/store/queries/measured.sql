-- Which runs hold samples of each suite and candidate, the newest first, and whether they measured it whole.
SELECT s.suite, s.candidate, s.run_id, s.samples, s.fingerprint,
    r.status = 'done' AND u.items_planned = u.items_total AND s.samples >= u.items_planned * r.repeats AS whole
FROM (
    SELECT run_id, suite, candidate, max(requested_fingerprint) AS fingerprint,
        count(*) FILTER (status IN ('answered', 'faulted')) AS samples
    FROM sample_rows
    GROUP BY run_id, suite, candidate
) s
JOIN runs r USING (run_id)
JOIN suites u ON u.run_id = s.run_id AND u.suite = s.suite
WHERE $run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], s.run_id)
ORDER BY coalesce(r.sequence, 0) DESC, r.created_at DESC, s.run_id DESC, s.suite, s.candidate;
