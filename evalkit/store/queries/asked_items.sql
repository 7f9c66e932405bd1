-- The items that the run asks, as its folder holds them.
SELECT DISTINCT suite, item.id
FROM staged_items
WHERE coalesce(item.split, 'test') = 'test';
