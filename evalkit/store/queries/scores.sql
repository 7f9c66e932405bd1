-- Every score of the samples asked for, the superseded ones too, with the sample's key.
SELECT s.suite, s.item_id, s.candidate, s.repeat, k.*
FROM scores k
JOIN sample_rows s USING (run_id, entry)
WHERE ($run_ids::VARCHAR[] IS NULL OR list_contains($run_ids::VARCHAR[], k.run_id))
    AND ($suite::VARCHAR IS NULL OR s.suite = $suite::VARCHAR)
    AND ($candidate::VARCHAR IS NULL OR s.candidate = $candidate::VARCHAR)
ORDER BY k.run_id, k.entry, k.current, k.scorer_hash;
