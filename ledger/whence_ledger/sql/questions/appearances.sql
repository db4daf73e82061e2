-- Every model and repository there ever was, by name, in the order in which the ledger first saw them.
-- Models by the day: days are rolled up, and the order must not change by that.
SELECT kind, name
FROM (
    SELECT 'model' AS kind, model AS name, date_trunc('day', min(time)) AS first_seen
    FROM chosen
    WHERE model <> ''
    GROUP BY model
    UNION ALL
    SELECT 'repository', display, min(first_seen)
    FROM repositories
    GROUP BY display
) AS seen
ORDER BY kind, first_seen, name;
