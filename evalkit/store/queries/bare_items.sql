-- How many lines of the items hold none.
SELECT count(*)
FROM staged_items
WHERE suite IS NULL OR suite_version IS NULL OR item IS NULL OR item.id IS NULL;
