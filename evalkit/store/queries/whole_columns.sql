-- The columns of a table of the attached store that hold whole numbers.
SELECT column_name, data_type, is_nullable
FROM duckdb_columns()
WHERE database_name = 'store' AND table_name = $table AND data_type IN ('INTEGER', 'BIGINT');
