-- Stores the points that are not stored yet and returns their keys. A point is stored under its id or, in a ledger that
-- was written before schema 5, under its former id. $low and $high, the first and last of their times, limit the search.
INSERT INTO ledger.points (time, id)
WITH given AS (
    SELECT make_timestamp(unnest($time)) AS time, unnest($id) AS id, unnest(CAST($former_id AS UBIGINT[])) AS former_id
),
stored AS (
    SELECT time, id FROM ledger.points WHERE time BETWEEN make_timestamp($low) AND make_timestamp($high)
)
SELECT given.time, given.id
FROM given
ANTI JOIN stored ON stored.time = given.time AND stored.id = given.id
ANTI JOIN stored AS formerly ON formerly.time = given.time AND formerly.id = given.former_id
RETURNING epoch_us(time), id;
