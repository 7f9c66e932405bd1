-- The server's own figures beside the client's; what times count from at a stated rate.
ALTER TABLE sample_rows ADD COLUMN server_metrics MAP(VARCHAR, DOUBLE);
COMMENT ON COLUMN sample_rows.e2e_latency_s IS 'From the first attempt''s start to the end, retries and waits between them included, in seconds; at a stated rate from when it was due.';
COMMENT ON COLUMN sample_rows.started_at IS 'Start of the first attempt, UTC; at a stated rate when it was due.';
COMMENT ON COLUMN sample_rows.server_metrics IS 'The server''s own figures by name (queue_s, prefill_s, …), where it gave some.';
