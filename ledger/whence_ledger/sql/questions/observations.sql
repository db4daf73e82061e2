-- Every repository that the hook has reported: what the classifier is to judge.
SELECT repository, display, host, owner, name, remote, root_commits, first_seen, last_seen
FROM repositories
ORDER BY repository;
