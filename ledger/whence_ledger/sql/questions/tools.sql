-- How often each tool was used, most used first.
SELECT
    tool,
    sum(uses) AS uses,
    sum(failures) AS failures,
    CAST(sum(failures) AS DOUBLE) / nullif(CAST(sum(uses) AS DOUBLE), 0) AS failure_rate
FROM chosen_tool_uses
GROUP BY tool
HAVING sum(uses) > 0
ORDER BY sum(uses) DESC, tool
LIMIT $limit OFFSET $skip;
