-- Subagents on models that cost more than $times as much as the cheapest model. measured, reference: dollars per million
-- units.
SELECT
    weighed.model AS subject,
    sum(weighed.cost_usd) AS cost_usd,
    max(models.unit) * 1000000 AS measured,
    max(cheapest.unit) * 1000000 AS reference,
    sum(weighed.cost_usd) * (1 - max(cheapest.unit) / max(models.unit)) AS saving_usd
FROM weighed
INNER JOIN models ON models.model = weighed.model
CROSS JOIN cheapest
WHERE weighed.query_source = 'subagent'
GROUP BY weighed.model
HAVING max(models.unit) > $times * max(cheapest.unit);
