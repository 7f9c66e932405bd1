INSERT INTO store.items BY NAME
SELECT
    suite, suite_version, item.id AS item_id, item.input, item.messages, item.context, item.target, item.alternatives,
    item.tools, coalesce(item.tags, MAP {}) AS tags, coalesce(item.weight, 1.0) AS weight,
    coalesce(item.critical, false) AS critical, item.cluster, coalesce(item.split, 'test') AS split, item.line,
    -- Kept equal to migrations/0006_input_hash.sql: hashes of before and after an upgrade are compared.
    left(sha256(json_array(
        item.input, coalesce(json(item.messages), '[]'::JSON), coalesce(json(item.context), '[]'::JSON), json(item.tools)
    )::VARCHAR), 16) AS input_hash
FROM staged_items
ANTI JOIN store.items kept
    ON kept.suite = staged_items.suite AND kept.suite_version = staged_items.suite_version
    AND kept.item_id = staged_items.item.id;
