-- A sample's own score and those added later by entries of kind `score`: one a scorer, the latest is current.
INSERT INTO store.scores BY NAME
WITH said AS (
    SELECT w.entry AS sample, j.entry AS entry, j.score.scorer_hash AS scorer_hash
    FROM journal j
    JOIN winner w ON w.suite = j.suite AND w.item_id = j.item_id AND w.candidate = j.candidate
        AND w.repeat = coalesce(j.repeat, 0) AND j.entry >= w.entry
    WHERE j.kind IN ('sample', 'score') AND j.score IS NOT NULL
),
kept AS (
    SELECT sample, max(entry) AS entry, max(entry) = max(max(entry)) OVER (PARTITION BY sample) AS current
    FROM said
    GROUP BY sample, scorer_hash
)
SELECT
    $run_id AS run_id, kept.sample AS entry, coalesce(j.score.scorer_hash, '') AS scorer_hash, kept.current,
    j.score.success, j.score.score, j.score.format_valid, j.score.error_kind, j.score.parsed,
    coalesce(j.score.diff, '[]') AS diff, j.score.parser, j.score.form
FROM kept
JOIN journal j USING (entry);
