-- Users whose cache hit rate is more than $gap below the overall rate on the same models.
SELECT
    by_user.user AS subject,
    by_user.cost_usd,
    by_user.hit_rate AS measured,
    by_user.usual_rate AS reference,
    by_user.saving_usd
FROM by_user
WHERE by_user.hit_rate < by_user.usual_rate - $gap;
