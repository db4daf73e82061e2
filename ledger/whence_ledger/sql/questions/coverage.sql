-- For each day (UTC), user and machine: the basis of the cost by the rule $split, and why it is not the request. A coarser
-- rule does not use a finer rule's data. Sessions without metrics count on the day on which they began.
WITH spent AS (
    SELECT
        date_trunc('day', time) AS day,
        session_id,
        sum(cost_usd) AS cost_usd,
        sum(request_cost_usd) AS on_request,
        sum(prompt_cost_usd) AS on_prompt,
        sum(session_cost_usd) AS on_session,
        sum(start_cost_usd) AS on_start,
        sum(client_cost_usd) AS on_client
    FROM chosen_attributed
    GROUP BY date_trunc('day', time), session_id
),
found AS (
    SELECT
        spent.day,
        sessions.user,
        sessions.machine,
        sessions.client_version,
        sessions.gap,
        spent.cost_usd,
        CASE WHEN $split = 'request' THEN spent.on_request ELSE 0 END AS request_cost_usd,
        CASE $split
            WHEN 'request' THEN spent.on_prompt
            WHEN 'prompt' THEN spent.on_request + spent.on_prompt
            ELSE 0
        END AS prompt_cost_usd,
        CASE
            WHEN $split = 'session' THEN spent.on_request + spent.on_prompt + spent.on_session
            ELSE spent.on_session
        END AS session_cost_usd,
        spent.on_start AS start_cost_usd,
        spent.on_client AS client_cost_usd
    FROM spent
    INNER JOIN sessions ON sessions.session_id = spent.session_id
    UNION ALL
    SELECT date_trunc('day', started), user, machine, client_version, gap, 0, 0, 0, 0, 0, 0
    FROM chosen_sessions_without_metrics
),
by_machine AS (
    SELECT
        day,
        user,
        machine,
        count(*) AS sessions,
        sum(cost_usd) AS cost_usd,
        sum(request_cost_usd) AS request_cost_usd,
        sum(prompt_cost_usd) AS prompt_cost_usd,
        sum(session_cost_usd) AS session_cost_usd,
        sum(start_cost_usd) AS start_cost_usd,
        sum(client_cost_usd) AS client_cost_usd
    FROM found
    GROUP BY day, user, machine
),
gaps AS (
    SELECT day, user, machine, string_agg(gap, ', ' ORDER BY cost_usd DESC, gap) AS reasons
    FROM (
        SELECT day, user, machine, gap, sum(cost_usd) AS cost_usd
        FROM found
        WHERE gap <> ''
        GROUP BY day, user, machine, gap
    ) AS by_gap
    GROUP BY day, user, machine
),
versions AS (
    SELECT day, user, machine, string_agg(client_version, ', ' ORDER BY cost_usd DESC, client_version) AS client_versions
    FROM (
        SELECT day, user, machine, client_version, sum(cost_usd) AS cost_usd
        FROM found
        WHERE client_version <> ''
        GROUP BY day, user, machine, client_version
    ) AS by_version
    GROUP BY day, user, machine
)
SELECT
    by_machine.day,
    nullif(by_machine.user, '') AS user,
    nullif(by_machine.machine, '') AS machine,
    versions.client_versions,
    by_machine.sessions,
    by_machine.cost_usd,
    by_machine.request_cost_usd,
    by_machine.prompt_cost_usd,
    by_machine.session_cost_usd,
    by_machine.start_cost_usd,
    by_machine.client_cost_usd,
    by_machine.cost_usd
    - by_machine.request_cost_usd
    - by_machine.prompt_cost_usd
    - by_machine.session_cost_usd
    - by_machine.start_cost_usd
    - by_machine.client_cost_usd AS none_cost_usd,
    gaps.reasons
FROM by_machine
LEFT JOIN gaps ON gaps.day = by_machine.day AND gaps.user = by_machine.user AND gaps.machine = by_machine.machine
LEFT JOIN versions
    ON versions.day = by_machine.day AND versions.user = by_machine.user AND versions.machine = by_machine.machine
WHERE $missing = '' OR gaps.reasons IS NOT NULL
ORDER BY by_machine.day DESC, by_machine.cost_usd DESC, by_machine.user, by_machine.machine
LIMIT $limit OFFSET $skip;
