-- Sessions without a line, commit or pull request, compared with all. measured, reference: dollars per session.
SELECT
    '' AS subject,
    sum(weighed.cost_usd) AS cost_usd,
    sum(weighed.cost_usd) / max(counted.unchanged_sessions) AS measured,
    max(whole.cost_usd) / max(counted.sessions) AS reference,
    sum(weighed.cost_usd) - max(counted.unchanged_sessions) * max(whole.cost_usd) / max(counted.sessions) AS saving_usd
FROM weighed
CROSS JOIN whole
CROSS JOIN counted
WHERE weighed.is_unchanged AND counted.unchanged_sessions > 0;
