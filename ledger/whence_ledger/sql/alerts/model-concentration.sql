-- A model with more than $share of the last hour's cost, if that cost is at least $usd and the last seven days used
-- other models too. value: the model's share.
WITH used AS (
    SELECT model, sum(cost_usd) AS cost_usd
    FROM attributed
    WHERE contains(split, 'request') AND model <> '' AND time > $now - INTERVAL 1 HOUR AND time <= $now
    GROUP BY model
),
whole AS (
    SELECT sum(cost_usd) AS cost_usd FROM used
),
week AS (
    SELECT count(DISTINCT model) AS models
    FROM attributed
    WHERE model <> '' AND cost_usd > 0 AND time > $now - INTERVAL 7 DAY AND time <= $now
)
SELECT used.model AS subject, CAST(used.cost_usd AS DOUBLE) / CAST(whole.cost_usd AS DOUBLE) AS value, used.model
FROM used
CROSS JOIN whole
CROSS JOIN week
WHERE whole.cost_usd >= $usd AND used.cost_usd > whole.cost_usd * $share AND week.models > 1;
