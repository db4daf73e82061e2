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
