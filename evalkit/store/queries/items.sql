-- Items of the suite and version asked for, in the file's order; NULL asks for all.
SELECT *
FROM items
WHERE ($suite::VARCHAR IS NULL OR suite = $suite::VARCHAR)
    AND ($suite_version::VARCHAR IS NULL OR suite_version = $suite_version::VARCHAR)
ORDER BY suite, suite_version, line NULLS LAST, item_id;
