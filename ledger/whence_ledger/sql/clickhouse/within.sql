-- What there was in a half-open period, as sql/chosen.sql and the questions read it. In DuckDB's dialect as they are, and
-- translated with them.

-- The views of these names, as they were at $as_of, before the question: a session that is divided again meanwhile would
-- be seen in part.
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

CREATE MACRO attributed() AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting());

-- What was used.
CREATE MACRO used_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Cost and tokens by more columns, for insights.
CREATE MACRO costs_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Which sessions there were.
CREATE MACRO sessions_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;

-- Which tools were used.
CREATE MACRO tools_within(from_time, to_time) AS TABLE
SELECT *
FROM whence_tool_uses
WHERE division IN (SELECT division FROM whence_counting()) AND time >= from_time AND time < to_time;
