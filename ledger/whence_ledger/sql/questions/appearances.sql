-- Every model and repository by name, in the order in which the ledger first saw them.
-- Models are ordered by day, because days are rolled up and this must not change the order.
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
