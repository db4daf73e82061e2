-- The days to roll up now: complete days, on which nothing was divided after {upto}, that are not rolled up as they are now.
CREATE OR REPLACE TABLE {work}days ENGINE = Memory AS
SELECT
    touched.day AS day,
    sipHash64(touched.day, '{mark}') AS roll
FROM (
    SELECT day, max(at) AS last FROM whence_touched GROUP BY day
) AS touched
LEFT JOIN (
    SELECT day, argMax(upto, at) AS upto FROM whence_rolls WHERE has_extensions GROUP BY day
) AS rolls ON rolls.day = touched.day
WHERE touched.day < today() AND touched.last <= {upto} AND coalesce(rolls.upto, -1) < touched.last
ORDER BY day DESC
LIMIT {days};
