-- What the model sees of an item, as a hash: items are paired by it. The expression is that of load_items.sql.
ALTER TABLE items ADD COLUMN input_hash VARCHAR;
UPDATE items SET input_hash =
    left(sha256(json_array(
        input, coalesce(json(messages), '[]'::JSON), coalesce(json(context), '[]'::JSON), json(tools)
    )::VARCHAR), 16);
COMMENT ON COLUMN items.input_hash IS 'Hash of what the model sees of the item: input, messages, context and its own tools; equal hashes ask the same.';
