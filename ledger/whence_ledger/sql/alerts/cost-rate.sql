-- Whether the last complete quarter of an hour cost at least $usd and more than $times times the average quarter of
-- the last four complete ones. value: the ratio.
WITH hour AS (
    SELECT
        coalesce(sum(CASE WHEN time >= time_bucket(INTERVAL 15 MINUTE, $now) - INTERVAL 15 MINUTE THEN cost_usd END), 0) AS last,
        coalesce(sum(cost_usd), 0) AS whole
    FROM attributed
    WHERE
        contains(split, 'request')
        AND time >= time_bucket(INTERVAL 15 MINUTE, $now) - INTERVAL 1 HOUR
        AND time < time_bucket(INTERVAL 15 MINUTE, $now)
)
SELECT '' AS subject, CAST(last AS DOUBLE) * 4 / CAST(whole AS DOUBLE) AS value
FROM hour
WHERE last >= $usd AND last * 4 > whole * $times;
