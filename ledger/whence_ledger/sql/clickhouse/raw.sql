-- The stored events of the batch's sessions, without duplicates. Several queries read them.
CREATE TABLE {work}whence_events AS whence_events ENGINE = Memory;

INSERT INTO {work}whence_events
SELECT * FROM whence_events FINAL WHERE session_id IN (SELECT session_id FROM {work}batch);
