-- How many entries want a closer look: not of the run, without what an entry needs, or with a value that cannot be.
-- `records/journal_line.py` decides what is left out; this only spares it the reading of sound journals.
SELECT count(*)
FROM journal j
LEFT JOIN (SELECT DISTINCT suite, item.id AS item_id FROM staged_items WHERE coalesce(item.split, 'test') = 'test') i
    ON i.suite = j.suite AND i.item_id = j.item_id
LEFT JOIN (SELECT unnest($versions::STRUCT(suite VARCHAR, suite_version VARCHAR)[], recursive := true)) v
    ON v.suite = j.suite
WHERE NOT coalesce(
    list_contains($candidates::VARCHAR[], candidate)
    AND v.suite IS NOT NULL
    AND (i.item_id IS NOT NULL OR NOT $items_known)
    AND (repeat IS NULL OR repeat BETWEEN 0 AND $repeats - 1)
    AND CASE kind
        WHEN 'attempt' THEN repeat IS NOT NULL AND attempt >= 0 AND status IN ('answered', 'faulted')
        WHEN 'sample' THEN status IN ('answered', 'faulted', 'not_asked') AND j.suite_version = v.suite_version
        WHEN 'score' THEN score IS NOT NULL
    END
    AND (score IS NULL
        OR (score.success IS NOT NULL AND isfinite(score.score) AND score.format_valid IS NOT NULL
            AND (score.diff IS NULL
                OR least(len(score.diff->'$[*].path'), len(score.diff->'$[*].kind')) = json_array_length(score.diff))))
    AND (tool_calls IS NULL OR len(tool_calls->'$[*].name') = json_array_length(tool_calls))
    AND (started_at IS NULL OR started_at = '' OR try_cast(started_at AS TIMESTAMPTZ) IS NOT NULL)
    AND coalesce(http_status, 0) >= 0
    AND coalesce(attempts, 0) >= 0
    AND coalesce(confidence, 0) BETWEEN 0 AND 1
    AND coalesce(label_mass_outside, 0) BETWEEN 0 AND 1
    AND least(usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.reasoning_tokens, 0) >= 0
    AND least(cost_usd, queued_s, latency_s, e2e_latency_s, ttft_s, 0) >= 0
    AND isfinite(greatest(cost_usd, queued_s, latency_s, e2e_latency_s, ttft_s, 0))
    AND (server_metrics IS NULL
        OR len(list_filter(map_values(server_metrics), lambda x: NOT isfinite(x))) = 0),
    false
);
