-- The last line of a key wins: a resumed run asks faulted samples again.
INSERT INTO store.sample_rows BY NAME
SELECT
    $run_id AS run_id, entry, suite, suite_version, item_id, candidate, coalesce(repeat, 0) AS repeat, status, fault,
    coalesce(requested_fingerprint, '') AS requested_fingerprint, observed_fingerprint,
    coalesce(prompt_hash, '') AS prompt_hash, coalesce(request_hash, '') AS request_hash, seed,
    coalesce(constraint_asked, 'none') AS constraint_asked, constraint_enforced,
    output, coalesce(tool_calls, '[]') AS tool_calls, refusal, finish_reason,
    confidence, confidence_method, label_mass_outside,
    usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.reasoning_tokens,
    cost_usd, price_id, latency_s, e2e_latency_s, ttft_s, coalesce(attempts, 1) AS attempts, load, reused_from,
    coalesce(simulated, false) AS simulated,
    make_timestamp(epoch_us(nullif(started_at, '')::TIMESTAMPTZ)) AS started_at, server_metrics
FROM journal
WHERE kind = 'sample' AND entry IN (SELECT entry FROM winner);
