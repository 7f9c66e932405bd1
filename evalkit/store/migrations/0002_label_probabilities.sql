-- Confidence as a share of the label set: how it was made, and what lay outside the labels.
ALTER TABLE sample_rows ADD COLUMN confidence_method VARCHAR;
ALTER TABLE sample_rows ADD COLUMN label_mass_outside DOUBLE;
COMMENT ON COLUMN sample_rows.confidence IS 'Probability of the answer, a fraction in [0, 1], where the backend gives one; of its label among all labels, where `label_mass_outside` is set.';
COMMENT ON COLUMN sample_rows.confidence_method IS 'How the confidence was made: `answer_tokens`, `label_trie`, `label_loglikelihood`, … (docs/classification.md).';
COMMENT ON COLUMN sample_rows.label_mass_outside IS 'Probability of all that is no label of the suite, a fraction in [0, 1], where it is known.';
