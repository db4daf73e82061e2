-- Repositories that cost more than $usd in the last 24 hours, after the day on which they left their organization, settled
-- cases aside. value: dollars.
SELECT
    repositories.display AS subject,
    sum(attributed.cost_usd) AS value,
    repositories.display AS repository,
    CAST(any_value(labels.left_on) AS VARCHAR) AS left_on
FROM attributed
INNER JOIN labels ON labels.repository = attributed.repository AND labels.left_on IS NOT NULL
INNER JOIN repositories ON repositories.repository = attributed.repository
LEFT JOIN cases ON cases.user = attributed.user AND cases.repository = attributed.repository
WHERE
    contains(attributed.split, 'request')
    AND attributed.time > $now - INTERVAL 1 DAY
    AND attributed.time <= $now
    AND attributed.time >= labels.left_on + INTERVAL 1 DAY
    AND NOT coalesce(cases.is_settled, false)
GROUP BY repositories.display
HAVING sum(attributed.cost_usd) > $usd;
