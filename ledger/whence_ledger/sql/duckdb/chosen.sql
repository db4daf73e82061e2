-- The filters that every question takes: a half-open range of time, one of the two splits, and lists of values,
-- empty for no filter. A repository is named by its key or as people read it, and 'Unknown' is none.
-- Of the range, whole days come from what is rolled up, those before rolled, a variable of the connection that asks.

CREATE MACRO first_day(from_time) AS date_trunc('day', from_time + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND);
CREATE MACRO end_of_days(from_time, to_time) AS
    greatest(first_day(from_time), least(date_trunc('day', to_time), getvariable('rolled')));

-- What was used.
CREATE MACRO chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
WITH every AS (
    SELECT time, user, team, model, query_source, effort, speed, traits, repository, split, last_time,
        cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted,
        edits_rejected
    FROM ledger.daily_usage
    WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
    UNION ALL
    SELECT time, user, team, model, query_source, effort, speed, traits, repository, split, last_time,
        cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted,
        edits_rejected
    FROM ledger.closed_usage
    WHERE time >= from_time AND time < least(first_day(from_time), to_time)
    UNION ALL
    SELECT time, user, team, model, query_source, effort, speed, traits, repository, split, last_time,
        cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted,
        edits_rejected
    FROM ledger.closed_usage
    WHERE time >= end_of_days(from_time, to_time) AND time < to_time
    UNION ALL
    SELECT time, user, team, model, query_source, effort, speed, traits, repository, split, last_time,
        cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, lines_added,
        lines_removed, commits, pull_requests, active_time_user, active_time_cli, edits_accepted,
        edits_rejected
    FROM live.usage
    WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions)
)
SELECT *
FROM every
WHERE
    split IN ('both', split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND (
        len(repository_names) = 0
        OR (repository = '' AND list_contains(repository_names, 'Unknown'))
        OR repository IN (
            SELECT named.repository
            FROM repositories AS named
            WHERE list_contains(repository_names, named.repository) OR list_contains(repository_names, named.display)
        )
    )
    AND (
        len(label_names) = 0
        OR repository IN (SELECT labels.repository FROM labels WHERE list_contains(label_names, labels.label))
    );

-- Which sessions there were.
CREATE MACRO chosen_sessions(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
WITH every AS (
    SELECT time, session_id, user, team, model, effort, traits, repository, split
    FROM ledger.daily_sessions
    WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
    UNION ALL
    SELECT time, session_id, user, team, model, effort, traits, repository, split
    FROM ledger.closed_usage
    WHERE time >= from_time AND time < least(first_day(from_time), to_time)
    UNION ALL
    SELECT time, session_id, user, team, model, effort, traits, repository, split
    FROM ledger.closed_usage
    WHERE time >= end_of_days(from_time, to_time) AND time < to_time
    UNION ALL
    SELECT time, session_id, user, team, model, effort, traits, repository, split
    FROM live.usage
    WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions)
)
SELECT *
FROM every
WHERE
    split IN ('both', split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND (
        len(repository_names) = 0
        OR (repository = '' AND list_contains(repository_names, 'Unknown'))
        OR repository IN (
            SELECT named.repository
            FROM repositories AS named
            WHERE list_contains(repository_names, named.repository) OR list_contains(repository_names, named.display)
        )
    )
    AND (
        len(label_names) = 0
        OR repository IN (SELECT labels.repository FROM labels WHERE list_contains(label_names, labels.label))
    );

-- Which tools were used. No model can be told of these.
CREATE MACRO chosen_tool_uses(from_time, to_time, users, repository_names, label_names, teams, split_rule) AS TABLE
WITH every AS (
    SELECT time, user, team, repository, split, tool, uses, failures
    FROM ledger.daily_tool_uses
    WHERE time >= first_day(from_time) AND time < end_of_days(from_time, to_time)
    UNION ALL
    SELECT time, user, team, repository, split, tool, uses, failures
    FROM ledger.closed_tool_uses
    WHERE time >= from_time AND time < least(first_day(from_time), to_time)
    UNION ALL
    SELECT time, user, team, repository, split, tool, uses, failures
    FROM ledger.closed_tool_uses
    WHERE time >= end_of_days(from_time, to_time) AND time < to_time
    UNION ALL
    SELECT time, user, team, repository, split, tool, uses, failures
    FROM live.tool_uses
    WHERE time >= from_time AND time < to_time AND session_id IN (SELECT session_id FROM ledger.open_sessions)
)
SELECT *
FROM every
WHERE
    split IN ('both', split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND (
        len(repository_names) = 0
        OR (repository = '' AND list_contains(repository_names, 'Unknown'))
        OR repository IN (
            SELECT named.repository
            FROM repositories AS named
            WHERE list_contains(repository_names, named.repository) OR list_contains(repository_names, named.display)
        )
    )
    AND (
        len(label_names) = 0
        OR repository IN (SELECT labels.repository FROM labels WHERE list_contains(label_names, labels.label))
    );
