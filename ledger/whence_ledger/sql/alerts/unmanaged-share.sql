-- Whether Unmanaged repositories cost at least $usd and more than $share of all cost in the last 24 hours, settled cases
-- aside. value: the share.
WITH spent AS (
    SELECT
        coalesce(
            sum(CASE WHEN labels.label = 'Unmanaged' AND NOT coalesce(cases.is_settled, false) THEN attributed.cost_usd END), 0
        ) AS unmanaged,
        coalesce(sum(attributed.cost_usd), 0) AS whole
    FROM attributed
    LEFT JOIN labels ON labels.repository = attributed.repository
    LEFT JOIN cases ON cases.user = attributed.user AND cases.repository = attributed.repository
    WHERE contains(attributed.split, 'request') AND attributed.time > $now - INTERVAL 1 DAY AND attributed.time <= $now
)
SELECT '' AS subject, CAST(unmanaged AS DOUBLE) / CAST(whole AS DOUBLE) AS value, 'Unmanaged' AS label
FROM spent
WHERE unmanaged >= $usd AND unmanaged > whole * $share;
