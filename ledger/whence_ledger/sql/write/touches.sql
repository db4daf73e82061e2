-- Stores the touches that are not stored yet and returns their keys. $low and $high, the first and last of their times,
-- limit the search.
INSERT INTO ledger.touches
WITH given AS (
    SELECT
        make_timestamp(unnest($time)) AS time,
        unnest($id) AS id,
        make_timestamp(unnest($end_time)) AS end_time,
        unnest($session_id) AS session_id,
        unnest($prompt_id) AS prompt_id,
        unnest($user_email) AS user_email,
        unnest($user_id) AS user_id,
        unnest($team) AS team,
        unnest($repository) AS repository,
        unnest($head_name) AS head_name,
        unnest($head_revision) AS head_revision,
        unnest($reads) AS reads,
        unnest($edits) AS edits,
        unnest($searches) AS searches,
        unnest($commands) AS commands,
        unnest($lines_added) AS lines_added,
        unnest($lines_removed) AS lines_removed,
        unnest($commits) AS commits,
        unnest($pull_requests) AS pull_requests,
        unnest($agent) AS agent,
        unnest(CAST($calls AS UBIGINT[][])) AS calls,
        unnest(CAST($utc_offset AS INTEGER[])) AS utc_offset
)
SELECT given.*
FROM given
ANTI JOIN (
    SELECT time, id FROM ledger.touches WHERE time BETWEEN make_timestamp($low) AND make_timestamp($high)
) AS stored ON stored.time = given.time AND stored.id = given.id
RETURNING epoch_us(time), id;
