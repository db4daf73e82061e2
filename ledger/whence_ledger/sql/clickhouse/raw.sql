-- The stored rows of the batch's sessions, without duplicates.
CREATE OR REPLACE TABLE {work}whence_points ENGINE = Memory AS
SELECT * FROM whence_points FINAL WHERE session_id IN (SELECT session_id FROM {work}batch);

CREATE OR REPLACE TABLE {work}whence_events ENGINE = Memory AS
SELECT * FROM whence_events FINAL WHERE session_id IN (SELECT session_id FROM {work}batch);

CREATE OR REPLACE TABLE {work}whence_spans ENGINE = Memory AS
SELECT * FROM whence_spans FINAL WHERE session_id IN (SELECT session_id FROM {work}batch);
