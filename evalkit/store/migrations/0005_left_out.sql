-- What was damaged in a run's folder, line by line: the rest of the run is loaded all the same. And the runs' order
-- where the clock does not tell it.
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
ALTER TABLE runs ADD COLUMN sequence BIGINT;
COMMENT ON COLUMN runs.sequence IS 'Place among the runs of its folder, from 1, whatever the clock says; NULL for runs of an older evalkit, which come first, by their start.';
