-- What there was in a half-open range of time. In DuckDB's dialect as the questions are, and translated with them.

-- What was used.
CREATE MACRO used_within(from_time, to_time) AS TABLE
SELECT *
FROM attributed
WHERE time >= from_time AND time < to_time;

-- What it cost, told apart by more: what insights are found in.
CREATE MACRO costs_within(from_time, to_time) AS TABLE
SELECT *
FROM attributed
WHERE time >= from_time AND time < to_time;

-- Which sessions there were.
CREATE MACRO sessions_within(from_time, to_time) AS TABLE
SELECT *
FROM attributed
WHERE time >= from_time AND time < to_time;

-- Which tools were used.
CREATE MACRO tools_within(from_time, to_time) AS TABLE
SELECT *
FROM attributed_tool_uses
WHERE time >= from_time AND time < to_time;
