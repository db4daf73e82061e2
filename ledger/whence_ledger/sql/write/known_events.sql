-- Which of these are stored already. $low and $high, the first and last of their times, keep the search short.
SELECT epoch_us(stored.time) AS time, stored.id
FROM ledger.events AS stored
SEMI JOIN (SELECT make_timestamp(unnest($time)) AS time, unnest($id) AS id) AS given
    ON given.time = stored.time AND given.id = stored.id
WHERE stored.time BETWEEN make_timestamp($low) AND make_timestamp($high);
