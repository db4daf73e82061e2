-- Spend on repositories that the organization does not own. measured: its share; reference: the number of repositories.
-- No saving: it is unknown which part could have been avoided.
SELECT
    '' AS subject,
    sum(by_repository.cost_usd) AS cost_usd,
    sum(by_repository.cost_usd) / max(whole.cost_usd) AS measured,
    CAST(count(*) AS DOUBLE) AS reference,
    CAST(NULL AS DOUBLE) AS saving_usd
FROM by_repository
CROSS JOIN whole
WHERE by_repository.repository IN (SELECT labels.repository FROM labels WHERE labels.label = 'Unmanaged')
HAVING count(*) > 0;
