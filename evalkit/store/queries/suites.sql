-- Suites as the runs asked for used them, in each run's order.
SELECT *
FROM suites
WHERE $run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], run_id)
ORDER BY run_id, position;
