-- Small sessions at high effort, compared with those at lower effort. measured, reference: dollars per session.
SELECT
    '' AS subject,
    by_effort.high_cost AS cost_usd,
    by_effort.high_cost / counted.high_sessions AS measured,
    by_effort.other_cost / counted.other_sessions AS reference,
    by_effort.high_cost - counted.high_sessions * by_effort.other_cost / counted.other_sessions AS saving_usd
FROM by_effort
CROSS JOIN counted
WHERE counted.high_sessions > 0 AND counted.other_sessions > 0;
