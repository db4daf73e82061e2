-- The condition of each filter. sql/chosen.sql has all of them where it says {filters}, and all but one where it says
-- {filters except models}. On both databases, the store leaves out the conditions of filters that are not set.
contains(split, $split)
AND list_contains($users, user)
AND list_contains($models, model)
AND list_contains($teams, team)
AND repository IN (SELECT repository FROM repository_names WHERE list_contains($repositories, name))
AND repository IN (SELECT repository FROM labels WHERE list_contains($labels, label))
