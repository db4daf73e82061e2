-- Changes whenever days.sql would return something else than before.
SELECT
    (SELECT (count(), sum(at)) FROM whence_touched WHERE at <= {as_of}) AS touched,
    (SELECT (count(), sum(at)) FROM whence_rolls WHERE has_extensions AND at <= {as_of}) AS rolls
