-- Data in a half-open period, for sql/chosen.sql and the questions. Like these, it is in DuckDB's dialect and is
-- translated.

-- The views of these names as of $as_of, before the question began: otherwise the question could see only a part of a
-- session that is being divided again.
CREATE MACRO whence_counting() AS TABLE
SELECT arg_max(division, (seen, is_closed, division)) AS division
FROM whence_divisions
WHERE at <= $as_of
GROUP BY session_id;

CREATE MACRO sessions() AS TABLE
SELECT session_id, user, team, started, ended, machine, client_version, gap
FROM (
    SELECT
        session_id,
        arg_max(is_closed + is_whole, (seen, is_closed, division)) AS known,
        arg_max(user, (seen, is_closed, division)) AS user,
        arg_max(team, (seen, is_closed, division)) AS team,
        arg_max(started, (seen, is_closed, division)) AS started,
        arg_max(ended, (seen, is_closed, division)) AS ended,
        arg_max(machine, (seen, is_closed, division)) AS machine,
        arg_max(client_version, (seen, is_closed, division)) AS client_version,
        arg_max(gap, (seen, is_closed, division)) AS gap
    FROM whence_divisions
    WHERE at <= $as_of
    GROUP BY session_id
) AS newest
WHERE known > 0;

CREATE MACRO shares() AS TABLE
SELECT session_id, split, repository, share
FROM whence_shares
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO branches() AS TABLE
SELECT *
FROM whence_branches
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO extensions() AS TABLE
SELECT *
FROM whence_extensions
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO attributed() AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting());

-- Usage.
CREATE MACRO used_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Cost and tokens by more columns, for insights.
CREATE MACRO costs_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Sessions.
CREATE MACRO sessions_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Tool uses.
CREATE MACRO tools_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_tool_uses
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;
