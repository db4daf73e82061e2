-- The filters that every question takes: a half-open range of time, the rule that divides sessions, and lists of values,
-- empty for no filter. A repository is named by its key or as people read it, and 'Unknown' is none.
-- In DuckDB's dialect as the questions are, and translated with them.

-- What the views of these names hold, as it was at $as_of, before the question: what replaces it meanwhile would be seen
-- in part.
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

CREATE MACRO attributed() AS TABLE
SELECT *
FROM whence_usage
WHERE division IN (SELECT division FROM whence_counting());

CREATE MACRO chosen_repositories(names, label_names) AS TABLE
SELECT named.repository
FROM (SELECT repository, display FROM repositories UNION ALL SELECT '', 'Unknown') AS named
LEFT JOIN labels ON labels.repository = named.repository
WHERE
    (len(names) = 0 OR list_contains(names, named.repository) OR list_contains(names, named.display))
    AND (len(label_names) = 0 OR list_contains(label_names, labels.label));

-- What was used.
CREATE MACRO chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM whence_usage
WHERE
    division IN (SELECT division FROM whence_counting())
    AND time >= from_time
    AND time < to_time
    AND contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- What it cost, told apart by more: what insights are found in.
CREATE MACRO chosen_costs(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM whence_usage
WHERE
    division IN (SELECT division FROM whence_counting())
    AND time >= from_time
    AND time < to_time
    AND contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- Which sessions there were.
CREATE MACRO chosen_sessions(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM whence_usage
WHERE
    division IN (SELECT division FROM whence_counting())
    AND time >= from_time
    AND time < to_time
    AND contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(models) = 0 OR list_contains(models, model))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));

-- Which tools were used. No model can be told of these.
CREATE MACRO chosen_tool_uses(from_time, to_time, users, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM whence_tool_uses
WHERE
    division IN (SELECT division FROM whence_counting())
    AND time >= from_time
    AND time < to_time
    AND contains(split, split_rule)
    AND (len(users) = 0 OR list_contains(users, user))
    AND (len(teams) = 0 OR list_contains(teams, team))
    AND repository IN (SELECT repository FROM chosen_repositories(repository_names, label_names));
