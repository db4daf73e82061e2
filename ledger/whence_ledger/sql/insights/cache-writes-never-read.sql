-- Sessions that wrote to the cache and hardly read from it. A cache write costs 25 % more than an input token.
-- measured, reference: tokens.
SELECT
    '' AS subject,
    sum(weighed.cost_usd) AS cost_usd,
    sum(weighed.cache_creation_tokens) AS measured,
    sum(weighed.cache_read_tokens) AS reference,
    sum(weighed.cache_creation_tokens - weighed.cache_read_tokens) * 0.25 * max(whole.unit) AS saving_usd
FROM weighed
CROSS JOIN whole
WHERE weighed.is_unread;
