-- Stores the events that are not stored yet and returns their keys. $low and $high, the first and last of their times,
-- limit the search.
INSERT INTO ledger.events (time, id)
WITH given AS (
    SELECT make_timestamp(unnest($time)) AS time, unnest($id) AS id
)
SELECT given.time, given.id
FROM given
ANTI JOIN (
    SELECT time, id FROM ledger.events WHERE time BETWEEN make_timestamp($low) AND make_timestamp($high)
) AS stored ON stored.time = given.time AND stored.id = given.id
RETURNING epoch_us(time), id;
