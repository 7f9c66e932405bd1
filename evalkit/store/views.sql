-- The flat view that reports, gates and notebooks read; made anew after each migration.
-- A test holds that each comment equals that of the column behind it.

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
    s.fault, s.refusal, s.constraint_asked, s.constraint_enforced, k.parser, i.split, c.base, s.entry,
    s.confidence_method, s.label_mass_outside, s.server_metrics, k.form, i.input_hash
FROM sample_rows s
LEFT JOIN scores k ON k.run_id = s.run_id AND k.entry = s.entry AND k.current
LEFT JOIN suites u ON u.run_id = s.run_id AND u.suite = s.suite
LEFT JOIN candidates c ON c.run_id = s.run_id AND c.candidate = s.candidate
LEFT JOIN items i ON i.suite = s.suite AND i.suite_version = s.suite_version AND i.item_id = s.item_id;
COMMENT ON VIEW samples IS 'One attempt of one candidate at one item each, with its current score and the item''s, suite''s and candidate''s facts. Key: run_id, suite, item_id, candidate, repeat.';
COMMENT ON COLUMN samples.run_id IS 'The run.';
COMMENT ON COLUMN samples.suite IS 'Name of the suite.';
COMMENT ON COLUMN samples.suite_version IS 'The suite''s version with the content hash.';
COMMENT ON COLUMN samples.family IS 'Kind of work: `classification`, `extraction`, `tool_calls` or a plug-in''s.';
COMMENT ON COLUMN samples.item_id IS 'The item.';
COMMENT ON COLUMN samples.tags IS 'Tag -> value; they place the item in slices.';
COMMENT ON COLUMN samples.cluster IS 'Items that share a document or customer share this name; NULL stands alone.';
COMMENT ON COLUMN samples.weight IS 'How much the item counts in a weighted rate.';
COMMENT ON COLUMN samples.critical IS 'Whether the team insists on this item.';
COMMENT ON COLUMN samples.candidate IS 'The candidate.';
COMMENT ON COLUMN samples.tier IS '`slim`, `mid` or `frontier`.';
COMMENT ON COLUMN samples.requested_fingerprint IS 'Hash of all that was asked for of the candidate and can change an answer.';
COMMENT ON COLUMN samples.observed_fingerprint IS 'Hash of what the server reported of itself; NULL when it says nothing.';
COMMENT ON COLUMN samples.prompt_hash IS 'Hash of the prompt variant.';
COMMENT ON COLUMN samples.request_hash IS 'Hash of what was sent; equal hashes asked the same thing.';
COMMENT ON COLUMN samples.scorer_hash IS 'Hash of all that decided the score besides the answer: scorer version, options, contract and targets.';
COMMENT ON COLUMN samples.repeat IS 'Which repeat, from 0.';
COMMENT ON COLUMN samples.seed IS 'Decoding seed that was sent.';
COMMENT ON COLUMN samples.status IS '`answered`, `faulted` (the backend failed after its last retry) or `not_asked`.';
COMMENT ON COLUMN samples.output IS 'The answer''s text. Hostile: escape it wherever it is shown.';
COMMENT ON COLUMN samples.tool_calls IS 'Calls made through the API: list of `{name, arguments, raw}`.';
COMMENT ON COLUMN samples.parsed IS 'The answer in its family''s form; NULL when unparseable.';
COMMENT ON COLUMN samples.format_valid IS 'Whether it parses and fits the labels, the schema or the tools, right or wrong.';
COMMENT ON COLUMN samples.success IS 'Whether the business would accept the answer.';
COMMENT ON COLUMN samples.score IS 'Graded, in [0, 1].';
COMMENT ON COLUMN samples.error_kind IS 'The one primary kind of a failure; NULL exactly when it is a success.';
COMMENT ON COLUMN samples.diff IS 'Where the answer departs from the target: list of `{path, kind, expected, got}`.';
COMMENT ON COLUMN samples.finish_reason IS '`stop`, `length`, `tool_calls`, `content_filter`, or the server''s own word.';
COMMENT ON COLUMN samples.confidence IS 'Probability of the answer, a fraction in [0, 1], where the backend gives one; of its label among all labels, where `label_mass_outside` is set.';
COMMENT ON COLUMN samples.input_tokens IS 'Input tokens of all attempts together; NULL when one is unknown.';
COMMENT ON COLUMN samples.cached_input_tokens IS 'Of the input tokens, those read from a cache.';
COMMENT ON COLUMN samples.output_tokens IS 'Output tokens of all attempts together; NULL when one is unknown.';
COMMENT ON COLUMN samples.reasoning_tokens IS 'Of the output tokens, those spent on reasoning.';
COMMENT ON COLUMN samples.cost_usd IS 'Cost of all attempts together, in US dollars; NULL when one is unknown.';
COMMENT ON COLUMN samples.price_id IS 'Which price was applied.';
COMMENT ON COLUMN samples.latency_s IS 'Service time of the first attempt, in seconds.';
COMMENT ON COLUMN samples.e2e_latency_s IS 'From the first attempt''s start to the end, retries and waits between them included, in seconds; at a stated rate from when it was due.';
COMMENT ON COLUMN samples.ttft_s IS 'Time to the first token, in seconds, where the answer was streamed.';
COMMENT ON COLUMN samples.attempts IS 'Requests sent for this sample.';
COMMENT ON COLUMN samples.load IS 'The stated load, such as `concurrency=4` or `rate=2/s`.';
COMMENT ON COLUMN samples.reused_from IS 'Run id that the answer was taken from; NULL when asked.';
COMMENT ON COLUMN samples.simulated IS 'Whether the answer is made up.';
COMMENT ON COLUMN samples.started_at IS 'Start of the first attempt, UTC; at a stated rate when it was due.';
COMMENT ON COLUMN samples.fault IS 'Fault kind of the last attempt when faulted.';
COMMENT ON COLUMN samples.refusal IS 'The API''s own word that it refuses.';
COMMENT ON COLUMN samples.constraint_asked IS 'What should bind the decoding: `none`, `choice`, `json_schema` or `tools`.';
COMMENT ON COLUMN samples.constraint_enforced IS 'What the backend really enforced; NULL when not known.';
COMMENT ON COLUMN samples.parser IS 'Which parser or rule read the answer.';
COMMENT ON COLUMN samples.split IS '`test` is measured; `train` and `dev` serve few-shot examples.';
COMMENT ON COLUMN samples.base IS 'Candidates that are variants of one model share this name.';
COMMENT ON COLUMN samples.entry IS 'Number of the entry in the run''s journal, from 1.';
COMMENT ON COLUMN samples.confidence_method IS 'How the confidence was made: `answer_tokens`, `label_trie`, `label_loglikelihood`, … (docs/classification.md).';
COMMENT ON COLUMN samples.label_mass_outside IS 'Probability of all that is no label of the suite, a fraction in [0, 1], where it is known.';
COMMENT ON COLUMN samples.server_metrics IS 'The server''s own figures by name (queue_s, prefill_s, …), where it gave some.';
COMMENT ON COLUMN samples.form IS 'In which form the answer stood: `native`, `bare`, `fenced`, `tagged` or `in_prose`; NULL when it is not known.';
COMMENT ON COLUMN samples.input_hash IS 'Hash of what the model sees of the item: input, messages, context and its own tools; equal hashes ask the same.';
