-- Users who spent more than $usd in the last 24 hours on a repository after the day of their case about it, if the case is
-- settled as moved or dismissed. Legitimate spend may continue. value: dollars.
SELECT
    attributed.user || ' on ' || repositories.display AS subject,
    sum(attributed.cost_usd) AS value,
    attributed.user AS user,
    repositories.display AS repository,
    cases.status AS status,
    CAST(cases.day AS VARCHAR) AS day
FROM attributed
INNER JOIN cases ON cases.user = attributed.user AND cases.repository = attributed.repository
INNER JOIN repositories ON repositories.repository = attributed.repository
WHERE
    contains(attributed.split, 'request')
    AND attributed.time > $now - INTERVAL 1 DAY
    AND attributed.time <= $now
    AND cases.status IN ('moved', 'dismissed')
    AND attributed.time >= cases.day + INTERVAL 1 DAY
GROUP BY attributed.user, repositories.display, cases.status, cases.day
HAVING sum(attributed.cost_usd) > $usd;
