INSERT INTO store.attempts BY NAME
SELECT
    $run_id AS run_id, entry, suite, item_id, candidate, repeat, attempt, status, fault, fault_message, http_status,
    -- A plain cast to TIMESTAMP passes over an offset, and AT TIME ZONE needs an extension.
    make_timestamp(epoch_us(nullif(started_at, '')::TIMESTAMPTZ)) AS started_at,
    queued_s, latency_s, ttft_s,
    usage.input_tokens, usage.cached_input_tokens, usage.output_tokens, usage.reasoning_tokens,
    cost_usd, price_id
FROM journal
WHERE kind = 'attempt';
