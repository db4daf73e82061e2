-- Pull requests of the organization's repositories, as the classifier lists them. head: name of their branch.
CREATE TABLE pull_requests (
    repository VARCHAR NOT NULL,
    number BIGINT NOT NULL,
    title VARCHAR NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
    author VARCHAR NOT NULL,
    head VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP,
    merged_at TIMESTAMP,
    PRIMARY KEY (repository, number)
);
