-- The relations that questions read. The store puts those that a question names before it, on both databases, and leaves
-- out, here and in the question, each condition that begins a line with AND and names a filter that is not set.
WITH chosen AS (
    SELECT *
    FROM used_within($begin, $end)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- The same in the period before.
chosen_before AS (
    SELECT *
    FROM used_within($previous_begin, $begin)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- Cost and tokens by more columns, for insights.
chosen_costs AS (
    SELECT *
    FROM costs_within($begin, $end)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- Which sessions there were.
chosen_sessions AS (
    SELECT *
    FROM sessions_within($begin, $end)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- For questions where a session's label is that of its largest share.
chosen_sessions_of_any_label AS (
    SELECT *
    FROM sessions_within($begin, $end)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
),
-- Sessions without metrics have no model and no repository.
chosen_sessions_without_metrics AS (
    SELECT *
    FROM sessions
    WHERE
        gap = 'no-metrics'
        AND started >= $begin
        AND started < $end
        AND list_contains($users, user)
        AND list_contains($teams, team)
        AND len($models) = 0
        AND len($repositories) = 0
        AND len($labels) = 0
),
-- What was used, by session.
chosen_attributed AS (
    SELECT *
    FROM attributed
    WHERE
        time >= $begin
        AND time < $end
        AND contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($models, model)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- What was used by session, repository and branch; '' is no branch. What a session used in a repository is the sum of its
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
-- For questions whose users, teams and labels choose sessions.
chosen_attributed_of_sessions AS (
    SELECT *
    FROM attributed
    WHERE
        time >= $begin
        AND time < $end
        AND contains(split, $split)
        AND list_contains($models, model)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
),
-- Which tools were used. Metrics do not tell a tool's model.
chosen_tool_uses AS (
    SELECT *
    FROM tools_within($begin, $end)
    WHERE
        contains(split, $split)
        AND list_contains($users, user)
        AND list_contains($teams, team)
        AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
        AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
),
-- What was used in the period, whatever the filters.
unfiltered AS (
    SELECT *
    FROM used_within($begin, $end)
    WHERE contains(split, $split)
)
SELECT *
FROM chosen;
