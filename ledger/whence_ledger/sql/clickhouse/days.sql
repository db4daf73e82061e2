-- The days (UTC) on which sessions were divided until {as_of}. roll: the mark of their sums; 0: not rolled up as they
-- are. divided: when last, in microseconds since 1970.
SELECT
    toUnixTimestamp(toDateTime(touched.day)) AS start,
    if(coalesce(rolls.upto, -1) >= touched.last, rolls.roll, 0) AS roll,
    touched.last AS divided
FROM (
    SELECT day, max(at) AS last FROM whence_touched WHERE at <= {as_of} GROUP BY day
) AS touched
LEFT JOIN (
    SELECT day, argMax(upto, at) AS upto, argMax(roll, at) AS roll FROM whence_rolls WHERE has_extensions AND at <= {as_of} GROUP BY day
) AS rolls ON rolls.day = touched.day
