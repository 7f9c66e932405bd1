-- The store's tables as a new file gets them. The views stand in views.sql; older files come here by migrations/.
-- Tables carry no primary keys: the loader replaces whole runs, and indexes would slow it and hold memory.
-- A test holds that every table and column has its comment; docs/store.md is made from them.

CREATE TABLE meta (
    key VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);
COMMENT ON TABLE meta IS 'Facts about the store itself, one a row.';
COMMENT ON COLUMN meta.key IS '`schema_version`: the number of the newest migration in it.';
COMMENT ON COLUMN meta.value IS 'The fact, as text.';

CREATE TABLE runs (
    run_id VARCHAR NOT NULL,
    folder VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    partial_reason VARCHAR,
    note VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    repeats INTEGER NOT NULL,
    samples_planned BIGINT NOT NULL,
    load VARCHAR,
    command VARCHAR NOT NULL,
    versions JSON NOT NULL,
    machine JSON NOT NULL,
    journal_bytes BIGINT NOT NULL,
    journal_mtime_ns BIGINT NOT NULL,
    manifest_mtime_ns BIGINT NOT NULL,
    sequence BIGINT
);
COMMENT ON TABLE runs IS 'One invocation each, from its manifest. Key: run_id.';
COMMENT ON COLUMN runs.run_id IS 'Names the run everywhere.';
COMMENT ON COLUMN runs.folder IS 'Name of the run folder that it was loaded from, inside the folder of runs.';
COMMENT ON COLUMN runs.status IS '`done`, `partial`, `interrupted`, or `running` when it was loaded before its end.';
COMMENT ON COLUMN runs.created_at IS 'Start, UTC.';
COMMENT ON COLUMN runs.finished_at IS 'End, UTC; NULL before it.';
COMMENT ON COLUMN runs.partial_reason IS 'Why it is partial: a limit, a budget, a slice.';
COMMENT ON COLUMN runs.note IS 'What the user said of it.';
COMMENT ON COLUMN runs.seed IS 'Seed of its draws.';
COMMENT ON COLUMN runs.repeats IS 'Samples planned for each item and candidate.';
COMMENT ON COLUMN runs.samples_planned IS 'Samples in its plan.';
COMMENT ON COLUMN runs.load IS 'The stated load, such as `concurrency=4` or `rate=2/s`.';
COMMENT ON COLUMN runs.command IS 'The command line that made it; never holds a key.';
COMMENT ON COLUMN runs.versions IS 'Package -> version, for all that can change a number.';
COMMENT ON COLUMN runs.machine IS 'Operating system, processor, cores, memory.';
COMMENT ON COLUMN runs.journal_bytes IS 'Size of the journal when it was loaded; another size means that there is more to load.';
COMMENT ON COLUMN runs.journal_mtime_ns IS 'Modification time of the journal when it was loaded, nanoseconds since 1970.';
COMMENT ON COLUMN runs.manifest_mtime_ns IS 'The same of the manifest.';
COMMENT ON COLUMN runs.sequence IS 'Place among the runs of its folder, from 1, whatever the clock says; NULL for runs of an older evalkit, which come first, by their start.';

CREATE TABLE candidates (
    run_id VARCHAR NOT NULL,
    candidate VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    tier VARCHAR NOT NULL,
    backend VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    base VARCHAR,
    base_url VARCHAR,
    api_key_env VARCHAR,
    prompt VARCHAR NOT NULL,
    output_mode VARCHAR NOT NULL,
    requested_fingerprint VARCHAR NOT NULL,
    simulated BOOLEAN NOT NULL,
    hardware VARCHAR,
    concurrency INTEGER NOT NULL,
    timeout_s DOUBLE NOT NULL,
    max_attempts INTEGER NOT NULL,
    decoding JSON NOT NULL,
    price JSON NOT NULL,
    options JSON NOT NULL,
    runtime JSON NOT NULL
);
COMMENT ON TABLE candidates IS 'A candidate as a run used it. Key: run_id, candidate.';
COMMENT ON COLUMN candidates.run_id IS 'The run.';
COMMENT ON COLUMN candidates.candidate IS 'Name in the project file.';
COMMENT ON COLUMN candidates.position IS 'Place in the run''s order, from 0.';
COMMENT ON COLUMN candidates.tier IS '`slim`, `mid` or `frontier`.';
COMMENT ON COLUMN candidates.backend IS 'Registered name of the backend.';
COMMENT ON COLUMN candidates.model IS 'Model name as the backend knows it.';
COMMENT ON COLUMN candidates.base IS 'Candidates that are variants of one model share this name.';
COMMENT ON COLUMN candidates.base_url IS 'The endpoint, where there is one.';
COMMENT ON COLUMN candidates.api_key_env IS 'Name of the environment variable that held the key; never the key.';
COMMENT ON COLUMN candidates.prompt IS 'Prompt variant.';
COMMENT ON COLUMN candidates.output_mode IS 'How the form was asked for: `plain`, `native` or `constrained`.';
COMMENT ON COLUMN candidates.requested_fingerprint IS 'Hash of all that was asked for and can change an answer.';
COMMENT ON COLUMN candidates.simulated IS 'Whether its answers are made up.';
COMMENT ON COLUMN candidates.hardware IS 'Candidates that name the same hardware never run at once.';
COMMENT ON COLUMN candidates.concurrency IS 'Most requests in flight.';
COMMENT ON COLUMN candidates.timeout_s IS 'Time limit for one whole answer, in seconds.';
COMMENT ON COLUMN candidates.max_attempts IS 'Attempts for one sample, the first included.';
COMMENT ON COLUMN candidates.decoding IS 'Temperature, top_p, max_tokens, seed, stop and what is sent as it is.';
COMMENT ON COLUMN candidates.price IS 'US dollars per million tokens, per request or per machine-hour, as declared.';
COMMENT ON COLUMN candidates.options IS 'What the backend alone understands.';
COMMENT ON COLUMN candidates.runtime IS 'What the backend said of itself: versions, weights hash, slots, cache, threads.';

CREATE TABLE suites (
    run_id VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    suite_version VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    risk VARCHAR NOT NULL,
    complexity VARCHAR NOT NULL,
    privacy VARCHAR NOT NULL,
    volume_per_month BIGINT,
    quality_floor DOUBLE,
    margin DOUBLE,
    latency_slo_s DOUBLE,
    error_cost_usd DOUBLE,
    review_cost_usd DOUBLE,
    items_total INTEGER NOT NULL,
    items_planned INTEGER NOT NULL,
    scorer_hash VARCHAR NOT NULL,
    contract JSON NOT NULL,
    scorer JSON NOT NULL,
    prompts JSON NOT NULL,
    card VARCHAR NOT NULL
);
COMMENT ON TABLE suites IS 'A suite as a run used it; stakes may change while the version stays. Key: run_id, suite.';
COMMENT ON COLUMN suites.run_id IS 'The run.';
COMMENT ON COLUMN suites.suite IS 'Name of the suite.';
COMMENT ON COLUMN suites.position IS 'Place in the run''s order, from 0.';
COMMENT ON COLUMN suites.suite_version IS 'The author''s version with the content hash, such as `1+5f2c…`; only equal ones are compared.';
COMMENT ON COLUMN suites.family IS 'Kind of work: `classification`, `extraction`, `tool_calls` or a plug-in''s.';
COMMENT ON COLUMN suites.description IS 'What the work is.';
COMMENT ON COLUMN suites.risk IS 'How bad a wrong answer is: `low`, `medium` or `high`.';
COMMENT ON COLUMN suites.complexity IS 'How hard the work is, as the team sees it: `low`, `medium` or `high`.';
COMMENT ON COLUMN suites.privacy IS '`any`, or `local_only`: no input may leave for an endpoint that is not private.';
COMMENT ON COLUMN suites.volume_per_month IS 'Requests a month; NULL when unknown.';
COMMENT ON COLUMN suites.quality_floor IS 'The least acceptable success rate, a fraction in [0, 1].';
COMMENT ON COLUMN suites.margin IS 'The drop in success that still counts as no worse, a fraction; NULL takes the gate''s.';
COMMENT ON COLUMN suites.latency_slo_s IS 'The longest acceptable end-to-end latency, in seconds.';
COMMENT ON COLUMN suites.error_cost_usd IS 'What one wrong answer costs, in US dollars; NULL when unknown.';
COMMENT ON COLUMN suites.review_cost_usd IS 'What one human review costs, in US dollars; NULL when unknown.';
COMMENT ON COLUMN suites.items_total IS 'Test items in the suite.';
COMMENT ON COLUMN suites.items_planned IS 'Test items in the run''s plan.';
COMMENT ON COLUMN suites.scorer_hash IS 'Hash of all that decides a score besides the answer.';
COMMENT ON COLUMN suites.contract IS 'Labels, JSON Schema or tools.';
COMMENT ON COLUMN suites.scorer IS 'Scorer options of the family.';
COMMENT ON COLUMN suites.prompts IS 'Variant -> prompt templates.';
COMMENT ON COLUMN suites.card IS 'The text of CARD.md.';

CREATE TABLE items (
    suite VARCHAR NOT NULL,
    suite_version VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    input VARCHAR,
    messages JSON,
    context JSON,
    target JSON,
    alternatives JSON,
    tools JSON,
    tags MAP(VARCHAR, VARCHAR) NOT NULL,
    weight DOUBLE NOT NULL,
    critical BOOLEAN NOT NULL,
    cluster VARCHAR,
    split VARCHAR NOT NULL,
    line INTEGER,
    input_hash VARCHAR
);
COMMENT ON TABLE items IS 'One decision to make each, kept once for a suite version. Key: suite, suite_version, item_id.';
COMMENT ON COLUMN items.suite IS 'Name of the suite.';
COMMENT ON COLUMN items.suite_version IS 'The suite''s version with the content hash.';
COMMENT ON COLUMN items.item_id IS 'Unique in its suite.';
COMMENT ON COLUMN items.input IS 'The text to work on, when the item is not a chat.';
COMMENT ON COLUMN items.messages IS 'Chat messages, earlier turns included, when the item is a chat; else [].';
COMMENT ON COLUMN items.context IS 'Passages `{id, text}` that come with the input.';
COMMENT ON COLUMN items.target IS 'The right answer in its family''s form.';
COMMENT ON COLUMN items.alternatives IS 'Further acceptable targets.';
COMMENT ON COLUMN items.tools IS 'The tools of this item alone; NULL takes the contract''s.';
COMMENT ON COLUMN items.tags IS 'Tag -> value; they place the item in slices.';
COMMENT ON COLUMN items.weight IS 'How much the item counts in a weighted rate.';
COMMENT ON COLUMN items.critical IS 'Whether the team insists on this item.';
COMMENT ON COLUMN items.cluster IS 'Items that share a document or customer share this name; NULL stands alone.';
COMMENT ON COLUMN items.split IS '`test` is measured; `train` and `dev` serve few-shot examples.';
COMMENT ON COLUMN items.line IS 'Line in the suite''s items file, where it is known.';
COMMENT ON COLUMN items.input_hash IS 'Hash of what the model sees of the item: input, messages, context and its own tools; equal hashes ask the same.';

CREATE TABLE attempts (
    run_id VARCHAR NOT NULL,
    entry BIGINT NOT NULL,
    suite VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    candidate VARCHAR NOT NULL,
    repeat INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    fault VARCHAR,
    fault_message VARCHAR,
    http_status INTEGER,
    started_at TIMESTAMP,
    queued_s DOUBLE,
    latency_s DOUBLE,
    ttft_s DOUBLE,
    input_tokens BIGINT,
    cached_input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    cost_usd DOUBLE,
    price_id VARCHAR
);
COMMENT ON TABLE attempts IS 'Each request that was sent, those of superseded samples included. Key: run_id, entry.';
COMMENT ON COLUMN attempts.run_id IS 'The run.';
COMMENT ON COLUMN attempts.entry IS 'Number of the entry in the run''s journal, from 1.';
COMMENT ON COLUMN attempts.suite IS 'Name of the suite.';
COMMENT ON COLUMN attempts.item_id IS 'The item.';
COMMENT ON COLUMN attempts.candidate IS 'The candidate.';
COMMENT ON COLUMN attempts.repeat IS 'Which repeat, from 0.';
COMMENT ON COLUMN attempts.attempt IS 'Number of the try, from 1; starts anew when a resumed run asks a faulted sample again.';
COMMENT ON COLUMN attempts.status IS '`answered` or `faulted`.';
COMMENT ON COLUMN attempts.fault IS 'Fault kind when faulted: `timed_out`, `rate_limited`, `server_error`, …';
COMMENT ON COLUMN attempts.fault_message IS 'The fault in one line.';
COMMENT ON COLUMN attempts.http_status IS 'HTTP status, where there was one.';
COMMENT ON COLUMN attempts.started_at IS 'Start, UTC.';
COMMENT ON COLUMN attempts.queued_s IS 'Waiting for a free slot or the rate limit, in seconds.';
COMMENT ON COLUMN attempts.latency_s IS 'First byte sent to last byte read, in seconds, by the client''s clock.';
COMMENT ON COLUMN attempts.ttft_s IS 'Time to the first token, in seconds, where the answer was streamed.';
COMMENT ON COLUMN attempts.input_tokens IS 'Input tokens, as the server counts; NULL where it does not say.';
COMMENT ON COLUMN attempts.cached_input_tokens IS 'Of the input tokens, those read from a cache.';
COMMENT ON COLUMN attempts.output_tokens IS 'Output tokens.';
COMMENT ON COLUMN attempts.reasoning_tokens IS 'Of the output tokens, those spent on reasoning.';
COMMENT ON COLUMN attempts.cost_usd IS 'Cost in US dollars; NULL when unknown.';
COMMENT ON COLUMN attempts.price_id IS 'Which price was applied.';

CREATE TABLE sample_rows (
    run_id VARCHAR NOT NULL,
    entry BIGINT NOT NULL,
    suite VARCHAR NOT NULL,
    suite_version VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    candidate VARCHAR NOT NULL,
    repeat INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    fault VARCHAR,
    requested_fingerprint VARCHAR NOT NULL,
    observed_fingerprint VARCHAR,
    prompt_hash VARCHAR NOT NULL,
    request_hash VARCHAR NOT NULL,
    seed BIGINT,
    constraint_asked VARCHAR NOT NULL,
    constraint_enforced VARCHAR,
    output VARCHAR,
    tool_calls JSON NOT NULL,
    refusal VARCHAR,
    finish_reason VARCHAR,
    confidence DOUBLE,
    input_tokens BIGINT,
    cached_input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT,
    cost_usd DOUBLE,
    price_id VARCHAR,
    latency_s DOUBLE,
    e2e_latency_s DOUBLE,
    ttft_s DOUBLE,
    attempts INTEGER NOT NULL,
    load VARCHAR,
    reused_from VARCHAR,
    simulated BOOLEAN NOT NULL,
    started_at TIMESTAMP,
    confidence_method VARCHAR,
    label_mass_outside DOUBLE,
    server_metrics MAP(VARCHAR, DOUBLE)
);
COMMENT ON TABLE sample_rows IS 'One attempt of one candidate at one item each, without its scores: the view samples joins them. Key: run_id, entry; also run_id, suite, item_id, candidate, repeat.';
COMMENT ON COLUMN sample_rows.run_id IS 'The run.';
COMMENT ON COLUMN sample_rows.entry IS 'Number of the entry in the run''s journal, from 1.';
COMMENT ON COLUMN sample_rows.suite IS 'Name of the suite.';
COMMENT ON COLUMN sample_rows.suite_version IS 'The suite''s version with the content hash.';
COMMENT ON COLUMN sample_rows.item_id IS 'The item.';
COMMENT ON COLUMN sample_rows.candidate IS 'The candidate.';
COMMENT ON COLUMN sample_rows.repeat IS 'Which repeat, from 0.';
COMMENT ON COLUMN sample_rows.status IS '`answered`, `faulted` (the backend failed after its last retry) or `not_asked`.';
COMMENT ON COLUMN sample_rows.fault IS 'Fault kind of the last attempt when faulted.';
COMMENT ON COLUMN sample_rows.requested_fingerprint IS 'Hash of all that was asked for of the candidate and can change an answer.';
COMMENT ON COLUMN sample_rows.observed_fingerprint IS 'Hash of what the server reported of itself; NULL when it says nothing.';
COMMENT ON COLUMN sample_rows.prompt_hash IS 'Hash of the prompt variant.';
COMMENT ON COLUMN sample_rows.request_hash IS 'Hash of what was sent; equal hashes asked the same thing.';
COMMENT ON COLUMN sample_rows.seed IS 'Decoding seed that was sent.';
COMMENT ON COLUMN sample_rows.constraint_asked IS 'What should bind the decoding: `none`, `choice`, `json_schema` or `tools`.';
COMMENT ON COLUMN sample_rows.constraint_enforced IS 'What the backend really enforced; NULL when not known.';
COMMENT ON COLUMN sample_rows.output IS 'The answer''s text. Hostile: escape it wherever it is shown.';
COMMENT ON COLUMN sample_rows.tool_calls IS 'Calls made through the API: list of `{name, arguments, raw}`.';
COMMENT ON COLUMN sample_rows.refusal IS 'The API''s own word that it refuses.';
COMMENT ON COLUMN sample_rows.finish_reason IS '`stop`, `length`, `tool_calls`, `content_filter`, or the server''s own word.';
COMMENT ON COLUMN sample_rows.confidence IS 'Probability of the answer, a fraction in [0, 1], where the backend gives one; of its label among all labels, where `label_mass_outside` is set.';
COMMENT ON COLUMN sample_rows.input_tokens IS 'Input tokens of all attempts together; NULL when one is unknown.';
COMMENT ON COLUMN sample_rows.cached_input_tokens IS 'Of the input tokens, those read from a cache.';
COMMENT ON COLUMN sample_rows.output_tokens IS 'Output tokens of all attempts together; NULL when one is unknown.';
COMMENT ON COLUMN sample_rows.reasoning_tokens IS 'Of the output tokens, those spent on reasoning.';
COMMENT ON COLUMN sample_rows.cost_usd IS 'Cost of all attempts together, in US dollars; NULL when one is unknown.';
COMMENT ON COLUMN sample_rows.price_id IS 'Which price was applied.';
COMMENT ON COLUMN sample_rows.latency_s IS 'Service time of the first attempt, in seconds.';
COMMENT ON COLUMN sample_rows.e2e_latency_s IS 'From the first attempt''s start to the end, retries and waits between them included, in seconds; at a stated rate from when it was due.';
COMMENT ON COLUMN sample_rows.ttft_s IS 'Time to the first token, in seconds, where the answer was streamed.';
COMMENT ON COLUMN sample_rows.attempts IS 'Requests sent for this sample.';
COMMENT ON COLUMN sample_rows.load IS 'The stated load, such as `concurrency=4` or `rate=2/s`.';
COMMENT ON COLUMN sample_rows.reused_from IS 'Run id that the answer was taken from; NULL when asked.';
COMMENT ON COLUMN sample_rows.simulated IS 'Whether the answer is made up.';
COMMENT ON COLUMN sample_rows.started_at IS 'Start of the first attempt, UTC; at a stated rate when it was due.';
COMMENT ON COLUMN sample_rows.confidence_method IS 'How the confidence was made: `answer_tokens`, `label_trie`, `label_loglikelihood`, … (docs/classification.md).';
COMMENT ON COLUMN sample_rows.label_mass_outside IS 'Probability of all that is no label of the suite, a fraction in [0, 1], where it is known.';
COMMENT ON COLUMN sample_rows.server_metrics IS 'The server''s own figures by name (queue_s, prefill_s, …), where it gave some.';

CREATE TABLE scores (
    run_id VARCHAR NOT NULL,
    entry BIGINT NOT NULL,
    scorer_hash VARCHAR NOT NULL,
    current BOOLEAN NOT NULL,
    success BOOLEAN NOT NULL,
    score DOUBLE NOT NULL,
    format_valid BOOLEAN NOT NULL,
    error_kind VARCHAR,
    parsed JSON,
    diff JSON NOT NULL,
    parser VARCHAR,
    form VARCHAR
);
COMMENT ON TABLE scores IS 'What a scorer said of a sample; scoring anew adds rows beside the old. Key: run_id, entry, scorer_hash.';
COMMENT ON COLUMN scores.run_id IS 'The run.';
COMMENT ON COLUMN scores.entry IS 'The sample''s entry in sample_rows.';
COMMENT ON COLUMN scores.scorer_hash IS 'Hash of all that decided the score besides the answer: scorer version, options, contract and targets.';
COMMENT ON COLUMN scores.current IS 'Whether it is the sample''s latest score, the one that the view samples shows.';
COMMENT ON COLUMN scores.success IS 'Whether the business would accept the answer.';
COMMENT ON COLUMN scores.score IS 'Graded, in [0, 1].';
COMMENT ON COLUMN scores.format_valid IS 'Whether it parses and fits the labels, the schema or the tools, right or wrong.';
COMMENT ON COLUMN scores.error_kind IS 'The one primary kind of a failure; NULL exactly when it is a success.';
COMMENT ON COLUMN scores.parsed IS 'The answer in its family''s form; NULL when unparseable.';
COMMENT ON COLUMN scores.diff IS 'Where the answer departs from the target: list of `{path, kind, expected, got}`.';
COMMENT ON COLUMN scores.parser IS 'Which parser or rule read the answer.';
COMMENT ON COLUMN scores.form IS 'In which form the answer stood: `native`, `bare`, `fenced`, `tagged` or `in_prose`; NULL when it is not known.';

CREATE TABLE left_out (
    run_id VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    line BIGINT,
    field VARCHAR,
    reason VARCHAR NOT NULL,
    suite VARCHAR,
    item_id VARCHAR,
    candidate VARCHAR,
    repeat INTEGER
);
COMMENT ON TABLE left_out IS 'What was damaged in a run''s folder and is not in the other tables; empty for a sound run.';
COMMENT ON COLUMN left_out.run_id IS 'The run.';
COMMENT ON COLUMN left_out.file IS 'File of the run folder: `journal.jsonl` or `items.jsonl`.';
COMMENT ON COLUMN left_out.line IS 'Line of the file, from 1; NULL for a sample that is missing because of it: a resume asks for it again.';
COMMENT ON COLUMN left_out.field IS 'The one value that is NULL instead, such as `usage.input_tokens`; NULL when the whole line is set aside.';
COMMENT ON COLUMN left_out.reason IS 'What is wrong with it. May quote hostile text.';
COMMENT ON COLUMN left_out.suite IS 'Suite of the sample that it is of; NULL where that cannot be read.';
COMMENT ON COLUMN left_out.item_id IS 'The item.';
COMMENT ON COLUMN left_out.candidate IS 'The candidate.';
COMMENT ON COLUMN left_out.repeat IS 'Which repeat, from 0.';
