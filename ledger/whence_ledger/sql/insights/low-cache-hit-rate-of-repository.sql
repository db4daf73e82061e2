-- Repositories on which the cache hit rate is more than gap below that of everything. A cache read costs a tenth of an
-- input token.
SELECT
    by_repository.repository AS subject,
    by_repository.cost_usd,
    by_repository.hit_rate AS measured,
    whole.hit_rate AS reference,
    (whole.hit_rate - by_repository.hit_rate) * by_repository.prompt_tokens * 0.9 * whole.unit AS saving_usd
FROM by_repository
CROSS JOIN whole
WHERE by_repository.hit_rate < whole.hit_rate - $gap;
