-- Models in fast mode, compared with the same model at normal speed. measured, reference: dollars per million units.
SELECT
    weighed.model AS subject,
    sum(weighed.cost_usd) AS cost_usd,
    sum(weighed.cost_usd) / sum(weighed.weight) * 1000000 AS measured,
    max(models.unit) * 1000000 AS reference,
    sum(weighed.cost_usd) - sum(weighed.weight) * max(models.unit) AS saving_usd
FROM weighed
INNER JOIN models ON models.model = weighed.model
WHERE weighed.speed = 'fast'
GROUP BY weighed.model
HAVING sum(weighed.weight) > 0;
