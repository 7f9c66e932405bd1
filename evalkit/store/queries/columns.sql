-- Every table, view and column of the store with its type and comment, in reading order.
SELECT c.table_name, coalesce(t.comment, v.comment) AS table_comment, c.column_name, c.data_type, c.comment
FROM duckdb_columns() c
LEFT JOIN duckdb_tables() t ON t.database_name = c.database_name AND t.table_name = c.table_name
LEFT JOIN duckdb_views() v ON v.database_name = c.database_name AND v.view_name = c.table_name
WHERE c.schema_name = 'main' AND NOT c.internal AND c.database_name = current_database()
ORDER BY
    list_position(
        ['samples', 'runs', 'candidates', 'suites', 'items', 'attempts', 'sample_rows', 'scores', 'left_out', 'meta'],
        c.table_name
    ),
    c.column_index;
