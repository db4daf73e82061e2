-- The filters that every question takes: a half-open range of time, one of the two splits, and lists of values,
-- empty for no filter. A repository is named by its key or as people read it, and 'Unknown' is none.

-- What was used.
CREATE MACRO chosen(from_time, to_time, users, models, repository_names, label_names, teams, split_rule) AS TABLE
SELECT *
FROM used_within(from_time, to_time)
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
SELECT *
FROM sessions_within(from_time, to_time)
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
SELECT *
FROM tools_within(from_time, to_time)
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
