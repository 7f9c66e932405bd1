-- The first journal entry that reads as JSON and yet cannot be one of ours, with the reason.
SELECT entry, reason
FROM (
    SELECT
        entry,
        CASE
            WHEN kind IS NULL THEN 'an entry without its kind'
            WHEN kind NOT IN ('attempt', 'sample', 'score') THEN 'an entry of the unknown kind ' || kind
            WHEN suite IS NULL OR item_id IS NULL OR candidate IS NULL THEN 'an entry without suite, item or candidate'
            WHEN kind = 'attempt' AND (repeat IS NULL OR attempt IS NULL OR status IS NULL)
                THEN 'an attempt without repeat, number or status'
            WHEN kind = 'sample' AND (status IS NULL OR suite_version IS NULL)
                THEN 'a sample without status or suite version'
            WHEN kind = 'score' AND score IS NULL THEN 'a score entry without a score'
            WHEN score IS NOT NULL AND (score.success IS NULL OR score.score IS NULL OR score.format_valid IS NULL)
                THEN 'a score without success, score or format_valid'
        END AS reason
    FROM journal
)
WHERE reason IS NOT NULL
ORDER BY entry
LIMIT 1;
