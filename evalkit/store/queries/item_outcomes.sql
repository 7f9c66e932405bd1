-- How each run answered some items, oldest run first: answered samples and those that succeeded. Items are named by
-- their input hash, so that one that was renamed keeps its history, or by suite and id.
WITH wanted AS (
    SELECT unnest($suites::VARCHAR[]) AS suite, unnest($item_ids::VARCHAR[]) AS item_id,
        unnest($input_hashes::VARCHAR[]) AS input_hash
), known AS (
    SELECT i.suite, i.suite_version, i.item_id, i.input_hash
    FROM items i
    WHERE i.input_hash IN (SELECT input_hash FROM wanted)
        OR (i.suite, i.item_id) IN (SELECT (suite, item_id) FROM wanted)
)
SELECT s.run_id, r.created_at, s.suite, s.candidate, s.item_id, k.input_hash, count(*) AS answered,
    count(*) FILTER (c.success) AS succeeded
FROM sample_rows s
JOIN known k ON k.suite = s.suite AND k.suite_version = s.suite_version AND k.item_id = s.item_id
JOIN runs r ON r.run_id = s.run_id
LEFT JOIN scores c ON c.run_id = s.run_id AND c.entry = s.entry AND c.current
WHERE s.status = 'answered'
GROUP BY s.run_id, r.sequence, r.created_at, s.suite, s.candidate, s.item_id, k.input_hash
ORDER BY coalesce(r.sequence, 0), r.created_at, s.run_id, s.suite, s.candidate, s.item_id;
