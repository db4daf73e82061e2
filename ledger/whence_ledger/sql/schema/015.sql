-- commits: ids of a pull request's commits, as far as they are known; none for what is there already.
ALTER TABLE pull_requests ADD COLUMN commits VARCHAR[] DEFAULT [];
