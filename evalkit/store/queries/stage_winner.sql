-- The entry that stands for each sample.
CREATE OR REPLACE TEMP TABLE winner AS
SELECT suite, item_id, candidate, coalesce(repeat, 0) AS repeat, max(entry) AS entry
FROM journal
WHERE kind = 'sample'
GROUP BY ALL;
