-- What was damaged in the runs' folders, in each file's order.
SELECT *
FROM left_out
WHERE $run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], run_id)
ORDER BY run_id, file, line NULLS LAST, suite, item_id, candidate, repeat;
