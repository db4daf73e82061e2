-- Adds the repositories in {work}repositories. Adding one again changes nothing.
INSERT INTO whence_repositories
SELECT
    repository,
    argMaxState((display, host, owner, name), (last_seen, last_span)) AS named,
    max(toUInt8(remote)) AS remote,
    groupUniqArrayArray(root_commits) AS root_commits,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM {work}repositories
WHERE last_span <> ''
GROUP BY repository;

INSERT INTO whence_told
SELECT
    repository,
    min(if(display = repository OR host <> 'github.com', display, 'github.com/' || display)) AS path,
    min(host) AS host,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen
FROM {work}repositories
WHERE last_span = ''
GROUP BY repository;
