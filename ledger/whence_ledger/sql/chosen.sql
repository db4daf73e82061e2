-- The relations that questions read. On both databases, the store prepends those that a question names, with the
-- conditions of sql/filters.sql for {filters}. In the question, it removes each condition that begins a line with AND and
-- names a filter that is not set.
WITH chosen AS (
    SELECT *
    FROM used_within($begin, $end)
    WHERE {filters}
),
-- The same in the previous period.
chosen_before AS (
    SELECT *
    FROM used_within($previous_begin, $begin)
    WHERE {filters}
),
-- Cost and tokens by more columns, for insights.
chosen_costs AS (
    SELECT *
    FROM costs_within($begin, $end)
    WHERE {filters}
),
-- The sessions in the period.
chosen_sessions AS (
    SELECT *
    FROM sessions_within($begin, $end)
    WHERE {filters}
),
-- For questions in which a session has the label of its largest share.
chosen_sessions_of_any_label AS (
    SELECT *
    FROM sessions_within($begin, $end)
    WHERE {filters except labels}
),
-- Sessions without metrics have no model and no repository, so a filter by these excludes them.
chosen_sessions_without_metrics AS (
    SELECT *
    FROM (
        SELECT *, $split AS split, CAST(NULL AS VARCHAR) AS model, CAST(NULL AS VARCHAR) AS repository
        FROM sessions
        WHERE gap = 'no-metrics' AND started >= $begin AND started < $end
    ) AS without_metrics
    WHERE {filters}
),
-- Usage by session.
chosen_attributed AS (
    SELECT *
    FROM attributed
    WHERE time >= $begin AND time < $end AND {filters}
),
-- Usage by session, repository and branch; '' means no branch. A session's usage in a repository is the sum over the
-- branches.
chosen_branches AS (
    SELECT
        used.session_id,
        used.user,
        used.repository,
        coalesce(branches.branch, '') AS branch,
        coalesce(branches.first_touch, used.first_time) AS first_touch,
        coalesce(branches.last_touch, used.last_time) AS last_touch,
        piece(used.cost_usd, coalesce(branches.low, 0), coalesce(branches.high, 1), coalesce(branches.total, 1)) AS cost_usd,
        piece(used.tokens, coalesce(branches.low, 0), coalesce(branches.high, 1), coalesce(branches.total, 1)) AS tokens,
        piece(used.lines_added, coalesce(branches.added_low, 0), coalesce(branches.added_high, 1), coalesce(branches.added_total, 1)) AS lines_added,
        piece(used.lines_removed, coalesce(branches.removed_low, 0), coalesce(branches.removed_high, 1), coalesce(branches.removed_total, 1)) AS lines_removed,
        piece(used.commits, coalesce(branches.commits_low, 0), coalesce(branches.commits_high, 1), coalesce(branches.commits_total, 1)) AS commits,
        piece(used.pull_requests, coalesce(branches.pulls_low, 0), coalesce(branches.pulls_high, 1), coalesce(branches.pulls_total, 1)) AS pull_requests
    FROM (
        SELECT
            session_id,
            user,
            repository,
            min(time) AS first_time,
            max(last_time) AS last_time,
            sum(cost_usd) AS cost_usd,
            sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
            sum(lines_added) AS lines_added,
            sum(lines_removed) AS lines_removed,
            sum(commits) AS commits,
            sum(pull_requests) AS pull_requests
        FROM chosen_attributed
        GROUP BY session_id, user, repository
    ) AS used
    LEFT JOIN branches ON branches.session_id = used.session_id AND branches.repository = used.repository
),
-- Cost and tokens by what the requests were made for, of the kind $by; '' means nothing that has a name. is_reported: requests
-- tell it; otherwise only metrics do.
chosen_extensions AS (
    SELECT
        session_id,
        user,
        last_time,
        is_reported,
        CASE $by
            WHEN 'skill' THEN skill
            WHEN 'subagent' THEN subagent
            WHEN 'plugin' THEN plugin
            WHEN 'mcp-server' THEN mcp_server
            ELSE slash_command
        END AS extension,
        cost_usd,
        tokens
    FROM extensions_within($begin, $end)
    WHERE {filters}
),
-- For questions whose filters by user, team and label select sessions.
chosen_attributed_of_sessions AS (
    SELECT *
    FROM attributed
    WHERE time >= $begin AND time < $end AND {filters except users, teams, labels}
),
-- The data points of each session and model by $grain minutes. high, total: sums within the quarter of an hour, up to and
-- including this row, and of all rows.
measured_minutes AS (
    SELECT
        session_id,
        model,
        time AS quarter,
        time_bucket(to_minutes($grain), last_time) AS minute,
        row_number() OVER minutes AS number,
        sum(cost_usd) AS cost_usd,
        sum(sum(cost_usd)) OVER minutes AS cost_usd_high,
        sum(sum(cost_usd)) OVER quarters AS cost_usd_total,
        sum(input_tokens) AS input_tokens,
        sum(sum(input_tokens)) OVER minutes AS input_tokens_high,
        sum(sum(input_tokens)) OVER quarters AS input_tokens_total,
        sum(output_tokens) AS output_tokens,
        sum(sum(output_tokens)) OVER minutes AS output_tokens_high,
        sum(sum(output_tokens)) OVER quarters AS output_tokens_total,
        sum(cache_read_tokens) AS cache_read_tokens,
        sum(sum(cache_read_tokens)) OVER minutes AS cache_read_tokens_high,
        sum(sum(cache_read_tokens)) OVER quarters AS cache_read_tokens_total,
        sum(cache_creation_tokens) AS cache_creation_tokens,
        sum(sum(cache_creation_tokens)) OVER minutes AS cache_creation_tokens_high,
        sum(sum(cache_creation_tokens)) OVER quarters AS cache_creation_tokens_total,
        sum(lines_added) AS lines_added,
        sum(sum(lines_added)) OVER minutes AS lines_added_high,
        sum(sum(lines_added)) OVER quarters AS lines_added_total,
        sum(lines_removed) AS lines_removed,
        sum(sum(lines_removed)) OVER minutes AS lines_removed_high,
        sum(sum(lines_removed)) OVER quarters AS lines_removed_total,
        sum(commits) AS commits,
        sum(sum(commits)) OVER minutes AS commits_high,
        sum(sum(commits)) OVER quarters AS commits_total,
        sum(pull_requests) AS pull_requests,
        sum(sum(pull_requests)) OVER minutes AS pull_requests_high,
        sum(sum(pull_requests)) OVER quarters AS pull_requests_total,
        sum(active_time_user) AS active_time_user,
        sum(sum(active_time_user)) OVER minutes AS active_time_user_high,
        sum(sum(active_time_user)) OVER quarters AS active_time_user_total,
        sum(active_time_cli) AS active_time_cli,
        sum(sum(active_time_cli)) OVER minutes AS active_time_cli_high,
        sum(sum(active_time_cli)) OVER quarters AS active_time_cli_total
    FROM measured
    -- Tables of data points are partitioned by the point's own time.
    WHERE time >= $begin AND time < $end AND last_time >= $begin AND last_time < $end
    GROUP BY session_id, model, quarter, minute
    WINDOW
        quarters AS (PARTITION BY session_id, model, time),
        minutes AS (PARTITION BY session_id, model, time ORDER BY minute ROWS UNBOUNDED PRECEDING)
),
-- Usage by $grain minutes: a repository's share of a quarter of an hour is spread over it as the data points are.
chosen_by_minute AS (
    SELECT
        coalesce(measured.minute, used.time) AS time,
        used.session_id,
        used.user,
        used.team,
        used.model,
        used.repository,
        portion(used.cost_usd, measured.cost_usd, cost_usd_high, cost_usd_total, number) AS cost_usd,
        portion(used.input_tokens, measured.input_tokens, input_tokens_high, input_tokens_total, number) AS input_tokens,
        portion(used.output_tokens, measured.output_tokens, output_tokens_high, output_tokens_total, number) AS output_tokens,
        portion(used.cache_read_tokens, measured.cache_read_tokens, cache_read_tokens_high, cache_read_tokens_total, number) AS cache_read_tokens,
        portion(used.cache_creation_tokens, measured.cache_creation_tokens, cache_creation_tokens_high, cache_creation_tokens_total, number) AS cache_creation_tokens,
        portion(used.lines_added, measured.lines_added, lines_added_high, lines_added_total, number) AS lines_added,
        portion(used.lines_removed, measured.lines_removed, lines_removed_high, lines_removed_total, number) AS lines_removed,
        portion(used.commits, measured.commits, commits_high, commits_total, number) AS commits,
        portion(used.pull_requests, measured.pull_requests, pull_requests_high, pull_requests_total, number) AS pull_requests,
        portion(used.active_time_user, measured.active_time_user, active_time_user_high, active_time_user_total, number) AS active_time_user,
        portion(used.active_time_cli, measured.active_time_cli, active_time_cli_high, active_time_cli_total, number) AS active_time_cli,
        -- The measured minutes do not have edits: those of a quarter of an hour count at its first minute.
        CASE WHEN coalesce(number, 1) = 1 THEN used.edits_accepted ELSE 0 END AS edits_accepted,
        CASE WHEN coalesce(number, 1) = 1 THEN used.edits_rejected ELSE 0 END AS edits_rejected
    FROM chosen_attributed AS used
    LEFT JOIN measured_minutes AS measured
        ON measured.session_id = used.session_id AND measured.model = used.model AND measured.quarter = used.time
),
-- Tool uses. The filter model does not apply: metrics do not name a tool's model.
chosen_tool_uses AS (
    SELECT *
    FROM tools_within($begin, $end)
    WHERE {filters except models}
),
-- Usage in the period, regardless of the filters.
unfiltered AS (
    SELECT *
    FROM used_within($begin, $end)
    WHERE contains(split, $split)
)
SELECT *
FROM chosen;
