-- What came before the shown run of each suite and candidate, by the latest run of the same suite version; without
-- answers' texts. It tells new failures from persistent and fixed ones.
WITH shown AS (
    SELECT unnest($suites::VARCHAR[]) AS suite, unnest($candidates::VARCHAR[]) AS candidate,
        unnest($run_ids::VARCHAR[]) AS run_id
), versions AS (
    SELECT DISTINCT s.suite, s.candidate, s.suite_version, s.run_id,
        (coalesce(r.sequence, 0), r.created_at, s.run_id) AS place
    FROM sample_rows s
    SEMI JOIN shown h ON h.suite = s.suite AND h.candidate = s.candidate
    JOIN runs r ON r.run_id = s.run_id
), before AS (
    SELECT e.suite, e.candidate, arg_max(e.run_id, e.place) AS run_id
    FROM versions e
    JOIN shown h ON h.suite = e.suite AND h.candidate = e.candidate
    JOIN versions n ON n.suite = h.suite AND n.candidate = h.candidate AND n.run_id = h.run_id
        AND n.suite_version = e.suite_version
    WHERE e.place < n.place
    GROUP BY e.suite, e.candidate
)
SELECT suite, suite_version, candidate, item_id, run_id, status, success, error_kind, diff, fault
FROM samples
SEMI JOIN before USING (suite, candidate, run_id)
ORDER BY run_id, entry;
