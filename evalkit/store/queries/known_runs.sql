-- Which folders are loaded, and in which state they were.
SELECT run_id, folder, journal_bytes, journal_mtime_ns, manifest_mtime_ns
FROM runs;
