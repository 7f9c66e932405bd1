-- The flat view that reports, gates and notebooks read; made anew after each migration.

CREATE OR REPLACE VIEW samples AS
SELECT
    s.run_id, s.suite, s.suite_version, u.family, s.item_id,
    i.tags, i.cluster, i.weight, i.critical,
    s.candidate, c.tier, s.requested_fingerprint, s.observed_fingerprint, s.prompt_hash, s.request_hash,
    k.scorer_hash, s.repeat, s.seed, s.status, s.output, s.tool_calls,
    k.parsed, k.format_valid, k.success, k.score, k.error_kind, k.diff,
    s.finish_reason, s.confidence,
    s.input_tokens, s.cached_input_tokens, s.output_tokens, s.reasoning_tokens, s.cost_usd, s.price_id,
    s.latency_s, s.e2e_latency_s, s.ttft_s, s.attempts, s.load, s.reused_from, s.simulated, s.started_at,
    s.fault, s.refusal, s.constraint_asked, s.constraint_enforced, k.parser, i.split, c.base, s.entry
FROM sample_rows s
LEFT JOIN scores k ON k.run_id = s.run_id AND k.entry = s.entry AND k.current
LEFT JOIN suites u ON u.run_id = s.run_id AND u.suite = s.suite
LEFT JOIN candidates c ON c.run_id = s.run_id AND c.candidate = s.candidate
LEFT JOIN items i ON i.suite = s.suite AND i.suite_version = s.suite_version AND i.item_id = s.item_id;
