-- Repositories outside the organization that share history with one of its own and cost more than $usd in the last 24 hours,
-- settled cases aside. value: dollars.
SELECT repositories.display AS subject, sum(attributed.cost_usd) AS value, repositories.display AS repository
FROM attributed
INNER JOIN labels ON labels.repository = attributed.repository AND labels.reason = 'shares-history-with'
INNER JOIN repositories ON repositories.repository = attributed.repository
LEFT JOIN cases ON cases.user = attributed.user AND cases.repository = attributed.repository
WHERE
    contains(attributed.split, 'request')
    AND attributed.time > $now - INTERVAL 1 DAY
    AND attributed.time <= $now
    AND NOT coalesce(cases.is_settled, false)
GROUP BY repositories.display
HAVING sum(attributed.cost_usd) > $usd;
