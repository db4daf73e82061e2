-- Users whose cache hit rate is more than gap below that of everybody. A cache read costs a tenth of an input token.
SELECT
    by_user.user AS subject,
    by_user.cost_usd,
    by_user.hit_rate AS measured,
    whole.hit_rate AS reference,
    (whole.hit_rate - by_user.hit_rate) * by_user.prompt_tokens * 0.9 * whole.unit AS saving_usd
FROM by_user
CROSS JOIN whole
WHERE by_user.hit_rate < whole.hit_rate - $gap;
