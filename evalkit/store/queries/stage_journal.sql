-- Reads a whole journal into columns; `entry` numbers its entries from 1, in file order.
CREATE OR REPLACE TEMP TABLE journal AS
SELECT row_number() OVER () AS entry, *
FROM read_json($path, format = 'newline_delimited', maximum_object_size = $largest_bytes, columns = {
    kind: 'VARCHAR', suite: 'VARCHAR', suite_version: 'VARCHAR', item_id: 'VARCHAR', candidate: 'VARCHAR',
    repeat: 'INTEGER', attempt: 'INTEGER', status: 'VARCHAR', fault: 'VARCHAR', fault_message: 'VARCHAR',
    http_status: 'INTEGER', requested_fingerprint: 'VARCHAR', observed_fingerprint: 'VARCHAR',
    prompt_hash: 'VARCHAR', request_hash: 'VARCHAR', seed: 'BIGINT', constraint_asked: 'VARCHAR',
    constraint_enforced: 'VARCHAR', output: 'VARCHAR', tool_calls: 'JSON', refusal: 'VARCHAR',
    finish_reason: 'VARCHAR', confidence: 'DOUBLE', confidence_method: 'VARCHAR', label_mass_outside: 'DOUBLE',
    usage: 'STRUCT(input_tokens BIGINT, cached_input_tokens BIGINT, output_tokens BIGINT, reasoning_tokens BIGINT)',
    cost_usd: 'DOUBLE', price_id: 'VARCHAR', queued_s: 'DOUBLE', latency_s: 'DOUBLE', e2e_latency_s: 'DOUBLE',
    ttft_s: 'DOUBLE', attempts: 'INTEGER', load: 'VARCHAR', reused_from: 'VARCHAR', simulated: 'BOOLEAN',
    started_at: 'VARCHAR', server_metrics: 'MAP(VARCHAR, DOUBLE)',
    score: 'STRUCT(success BOOLEAN, score DOUBLE, format_valid BOOLEAN, error_kind VARCHAR, parsed JSON, diff JSON, parser VARCHAR, form VARCHAR, scorer_hash VARCHAR)'
});
