-- Cost and tokens of each session and day by what the requests were made for, of the days that are rolled up: daily.sql.
-- is_reported: requests tell it; otherwise only metrics do. The macros are those of macros.sql, which come later.
CREATE TABLE daily_extensions (
    time TIMESTAMP NOT NULL,
    session_id VARCHAR NOT NULL,
    user VARCHAR NOT NULL,
    team VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    repository VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    is_reported BOOLEAN NOT NULL,
    skill VARCHAR NOT NULL,
    subagent VARCHAR NOT NULL,
    plugin VARCHAR NOT NULL,
    mcp_server VARCHAR NOT NULL,
    slash_command VARCHAR NOT NULL,
    last_time TIMESTAMP NOT NULL,
    cost_usd DECIMAL(38, 9) NOT NULL,
    tokens DECIMAL(38, 9) NOT NULL
);
CREATE TEMP MACRO nano_17(value) AS CAST(CAST(value AS DECIMAL(38, 9)) * 1000000000 AS HUGEINT);
CREATE TEMP MACRO part_17(value, low, high, total) AS
    CASE
        WHEN value = 0 OR coalesce(high - low = total, true) THEN CAST(value AS DECIMAL(38, 9))
        ELSE CAST(
            CAST(nano_17(value) * high // total - nano_17(value) * low // total AS DECIMAL(29, 0))
            * CAST(0.000000001 AS DECIMAL(9, 9)) AS DECIMAL(38, 9)
        )
    END;
INSERT INTO daily_extensions
SELECT
    date_trunc('day', used.time) AS day,
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    parts.session_id IS NOT NULL AS is_reported,
    coalesce(parts.skill, '') AS skill,
    coalesce(parts.subagent, '') AS subagent,
    coalesce(parts.plugin, '') AS plugin,
    coalesce(parts.mcp_server, '') AS mcp_server,
    coalesce(parts.slash_command, '') AS slash_command,
    max(used.last_time),
    sum(part_17(used.cost_usd, parts.low, parts.high, parts.total)),
    sum(part_17(used.tokens, parts.low, parts.high, parts.total))
FROM (
    SELECT *, input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM closed_usage
    WHERE time < (SELECT before FROM rolled)
) AS used
LEFT JOIN closed_extensions AS parts
    ON parts.session_id = used.session_id AND parts.repository = used.repository AND parts.model = used.model
WHERE used.cost_usd <> 0 OR used.tokens <> 0
GROUP BY ALL
ORDER BY day;
DROP MACRO nano_17;
DROP MACRO part_17;
