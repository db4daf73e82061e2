-- The filters that every question takes: a half-open range of time, the rule that divides sessions, and lists of values,
-- empty for no filter. A repository is named by its key or as people read it, and 'Unknown' is none.
-- Who asks about every repository finds these macros in the schema every, who picks some of them in picked: what is not
-- asked for need not be planned.

CREATE SCHEMA every;
CREATE SCHEMA picked;

CREATE MACRO chosen_repositories(names, label_names) AS TABLE
SELECT named.repository
FROM (SELECT repository, display FROM repositories UNION ALL SELECT '', 'Unknown') AS named
LEFT JOIN labels ON labels.repository = named.repository
WHERE
    (len(names) = 0 OR list_contains(names, named.repository) OR list_contains(names, named.display))
    AND (len(label_names) = 0 OR list_contains(label_names, labels.label));

-- What was used.
CREATE MACRO every.chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM used_within(from_time, to_time)
WHERE
    contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team));

CREATE MACRO picked.chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM every.chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule)
WHERE repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- What it cost, told apart by more: what insights are found in.
CREATE MACRO every.chosen_costs(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM costs_within(from_time, to_time)
WHERE
    contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team));

CREATE MACRO picked.chosen_costs(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM every.chosen_costs(from_time, to_time, users, models, repository_names, label_names, teams, split_rule)
WHERE repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- Which sessions there were.
CREATE MACRO every.chosen_sessions(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM sessions_within(from_time, to_time)
WHERE
    contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team));

CREATE MACRO picked.chosen_sessions(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM every.chosen_sessions(from_time, to_time, users, models, repository_names, label_names, teams, split_rule)
WHERE repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- Which tools were used. No model can be told of these.
CREATE MACRO every.chosen_tool_uses(from_time, to_time, users, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM tools_within(from_time, to_time)
WHERE
    contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(teams) = 0 OR list_contains(teams, team));

CREATE MACRO picked.chosen_tool_uses(from_time, to_time, users, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM every.chosen_tool_uses(from_time, to_time, users, repository_names, label_names, teams, split_rule)
WHERE repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- What was used by session, repository and branch; '' is no branch. What a session used in a repository is the sum of its
-- branches.
CREATE MACRO every.chosen_branches(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
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
    FROM attributed
    WHERE
        time >= from_time
        AND time < to_time
        AND contains(split, split_rule)
        AND (len(users) = 0 OR list_contains(users, user))
        AND (len(models) = 0 OR list_contains(models, model))
        AND (len(teams) = 0 OR list_contains(teams, team))
    GROUP BY session_id, user, repository
) AS used
LEFT JOIN branches ON branches.session_id = used.session_id AND branches.repository = used.repository;

CREATE MACRO picked.chosen_branches(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM every.chosen_branches(from_time, to_time, users, models, repository_names, label_names, teams, split_rule)
WHERE repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));
