-- Deletes the closed sessions that have no data from {before} or later, with all their rows. Their divisions are deleted
-- last, so that an interrupted run starts again.
CREATE OR REPLACE TABLE {work}batch ENGINE = Memory AS
SELECT session_id
FROM whence_current
WHERE
    is_closed = 1
    AND ended < fromUnixTimestamp64Micro({before})
    AND session_id IN (
        SELECT session_id FROM whence_arrivals GROUP BY session_id HAVING max(until) < fromUnixTimestamp64Micro({before})
    );

INSERT INTO whence_touched (day, at)
SELECT DISTINCT toDate(time), toUnixTimestamp64Micro(now64(6))
FROM whence_usage
WHERE session_id IN (SELECT session_id FROM {work}batch);

INSERT INTO whence_touched (day, at)
SELECT DISTINCT toDate(time), toUnixTimestamp64Micro(now64(6))
FROM whence_tool_uses
WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_usage WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_tool_uses WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_shares WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_branches WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_extensions WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_points WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_events WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_spans WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_pull_requests WHERE updated_at < fromUnixTimestamp64Micro({before});

DELETE FROM whence_arrivals WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_copied WHERE session_id IN (SELECT session_id FROM {work}batch);

DELETE FROM whence_divisions WHERE session_id IN (SELECT session_id FROM {work}batch);

-- Without newer sessions of its user and repository, a case is deleted with the old ones.
DELETE FROM whence_case_changes
WHERE
    decided_at < fromUnixTimestamp64Micro({before})
    AND (user, repository) NOT IN (
        SELECT user, repository FROM whence_case_changes WHERE decided_at >= fromUnixTimestamp64Micro({before})
    )
    AND (user, repository) NOT IN (SELECT user, repository FROM whence_usage);
