-- The form of an answer: what a strict decoder meets. Scores of before tell it by their parser, where that is enough.
ALTER TABLE scores ADD COLUMN form VARCHAR;
COMMENT ON COLUMN scores.form IS 'In which form the answer stood: `native`, `bare`, `fenced`, `tagged` or `in_prose`; NULL when it is not known.';
