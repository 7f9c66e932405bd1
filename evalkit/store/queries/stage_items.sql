-- The items planned by a run, as its folder holds them.
CREATE OR REPLACE TEMP TABLE staged_items AS
SELECT *
FROM read_json($path, format = 'newline_delimited', maximum_object_size = $largest_bytes, columns = {
    suite: 'VARCHAR', suite_version: 'VARCHAR',
    item: 'STRUCT(id VARCHAR, input VARCHAR, messages JSON, context JSON, target JSON, alternatives JSON, tools JSON, tags MAP(VARCHAR, VARCHAR), weight DOUBLE, critical BOOLEAN, cluster VARCHAR, split VARCHAR, line INTEGER)'
});
