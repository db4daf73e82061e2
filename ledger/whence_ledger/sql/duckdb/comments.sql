-- What the views hold, for people who write SQL: 'whence sql', and docs/reference/data-model.md, which is made of this.
-- Money is in US dollars, times are UTC, text is empty where nothing was reported.

COMMENT ON VIEW attributed IS 'What was used: one row for each quarter of an hour, session, model and repository that has a part of it. The amounts of a session add up to what Claude Code reported. Choose one rule: contains(split, ''request'').';
COMMENT ON COLUMN attributed.time IS 'start of the quarter of an hour';
COMMENT ON COLUMN attributed.session_id IS 'Claude Code''s session id; no-session:USER:DAY where it was not reported';
COMMENT ON COLUMN attributed.user IS 'e-mail address from Claude Code''s telemetry, else the hook''s, else the user id';
COMMENT ON COLUMN attributed.team IS 'team.id, department or cost_center of OTEL_RESOURCE_ATTRIBUTES';
COMMENT ON COLUMN attributed.model IS 'model, without the suffix of its context size';
COMMENT ON COLUMN attributed.query_source IS 'main, subagent or auxiliary, as Claude Code reports it';
COMMENT ON COLUMN attributed.effort IS 'effort level, as Claude Code reports it';
COMMENT ON COLUMN attributed.speed IS 'fast mode or not, as Claude Code reports it';
COMMENT ON COLUMN attributed.repository IS 'key of the repository (see repositories); empty outside every repository';
COMMENT ON COLUMN attributed.split IS 'rules that the row is for: request, prompt, session, or several where they agree';
COMMENT ON COLUMN attributed.last_time IS 'latest data point in the row';
COMMENT ON COLUMN attributed.cost_usd IS 'cost in US dollars';
COMMENT ON COLUMN attributed.request_cost_usd IS 'part of the cost that stands on a request''s own tool calls or those near it';
COMMENT ON COLUMN attributed.prompt_cost_usd IS 'part that stands on the touches of its prompt';
COMMENT ON COLUMN attributed.session_cost_usd IS 'part that stands on the touches of its session';
COMMENT ON COLUMN attributed.start_cost_usd IS 'part that stands on the directory in which the session was started';
COMMENT ON COLUMN attributed.input_tokens IS 'input tokens that were not cached';
COMMENT ON COLUMN attributed.output_tokens IS 'output tokens';
COMMENT ON COLUMN attributed.cache_read_tokens IS 'tokens read from the cache';
COMMENT ON COLUMN attributed.cache_creation_tokens IS 'tokens written to the cache';
COMMENT ON COLUMN attributed.lines_added IS 'lines added';
COMMENT ON COLUMN attributed.lines_removed IS 'lines removed';
COMMENT ON COLUMN attributed.commits IS 'commits';
COMMENT ON COLUMN attributed.pull_requests IS 'pull requests';
COMMENT ON COLUMN attributed.active_time_user IS 'seconds in which the user was active';
COMMENT ON COLUMN attributed.active_time_cli IS 'seconds in which Claude Code was active';
COMMENT ON COLUMN attributed.edits_accepted IS 'edits that the user accepted';
COMMENT ON COLUMN attributed.edits_rejected IS 'edits that the user rejected';
COMMENT ON COLUMN attributed.client_cost_usd IS 'part of the cost that stands on the repository that Claude Code itself named; what stands on none of the five stands on nothing';

COMMENT ON VIEW sessions IS 'One row a session.';
COMMENT ON COLUMN sessions.session_id IS 'Claude Code''s session id';
COMMENT ON COLUMN sessions.user IS 'user of the session';
COMMENT ON COLUMN sessions.team IS 'team of the session';
COMMENT ON COLUMN sessions.started IS 'first sign of it';
COMMENT ON COLUMN sessions.ended IS 'last sign of it';
COMMENT ON COLUMN sessions.machine IS 'installation of Claude Code (its user.id); Claude Code reports no host name';
COMMENT ON COLUMN sessions.client_version IS 'version of Claude Code';
COMMENT ON COLUMN sessions.gap IS 'why its cost does not stand on requests, in one of the words of docs/concepts/coverage.md';

COMMENT ON VIEW shares IS 'Which part of a session belongs to which repository. The shares of a session under one rule add up to 1.';
COMMENT ON COLUMN shares.session_id IS 'session';
COMMENT ON COLUMN shares.split IS 'rules that the row is for: request, prompt, session, or several where they agree';
COMMENT ON COLUMN shares.repository IS 'key of the repository; empty outside every repository';
COMMENT ON COLUMN shares.share IS 'part, from 0 to 1';

COMMENT ON VIEW branches IS 'On which branches a session worked in a repository, and which part of what it used there belongs to each. The pieces of a session and repository add up to it.';
COMMENT ON COLUMN branches.session_id IS 'session';
COMMENT ON COLUMN branches.repository IS 'key of the repository';
COMMENT ON COLUMN branches.branch IS 'branch that was checked out; empty for none';
COMMENT ON COLUMN branches.first_touch IS 'first touch of the repository on it';
COMMENT ON COLUMN branches.last_touch IS 'last touch';
COMMENT ON COLUMN branches.touches IS 'reads, edits, searches and commands';
COMMENT ON COLUMN branches.low IS 'where its piece of cost, tokens and time begins';
COMMENT ON COLUMN branches.high IS 'where it ends; piece(cost_usd, low, high, total) cuts it out';
COMMENT ON COLUMN branches.total IS 'where the last piece ends';
COMMENT ON COLUMN branches.added_low IS 'the same for lines added';
COMMENT ON COLUMN branches.added_high IS 'the same for lines added';
COMMENT ON COLUMN branches.added_total IS 'the same for lines added';
COMMENT ON COLUMN branches.removed_low IS 'the same for lines removed';
COMMENT ON COLUMN branches.removed_high IS 'the same for lines removed';
COMMENT ON COLUMN branches.removed_total IS 'the same for lines removed';
COMMENT ON COLUMN branches.commits_low IS 'the same for commits';
COMMENT ON COLUMN branches.commits_high IS 'the same for commits';
COMMENT ON COLUMN branches.commits_total IS 'the same for commits';
COMMENT ON COLUMN branches.pulls_low IS 'the same for pull requests';
COMMENT ON COLUMN branches.pulls_high IS 'the same for pull requests';
COMMENT ON COLUMN branches.pulls_total IS 'the same for pull requests';

COMMENT ON VIEW repositories IS 'One row for each repository that a hook, or Claude Code itself, has ever named.';
COMMENT ON COLUMN repositories.repository IS 'key: host/owner/name, in lower case where the host ignores case';
COMMENT ON COLUMN repositories.display IS 'name for people: owner/name on github.com, else with the host';
COMMENT ON COLUMN repositories.host IS 'host; empty for a repository without a remote';
COMMENT ON COLUMN repositories.owner IS 'owner: user, organization or group';
COMMENT ON COLUMN repositories.name IS 'name';
COMMENT ON COLUMN repositories.remote IS 'whether it has a remote';
COMMENT ON COLUMN repositories.root_commits IS 'first commits of its history, at most 4';
COMMENT ON COLUMN repositories.first_seen IS 'first touch; where no hook has named it, first data point that does';
COMMENT ON COLUMN repositories.last_seen IS 'last touch, or data point';

COMMENT ON VIEW labels IS 'What the classifier says of each repository. Empty before the first classification.';
COMMENT ON COLUMN labels.repository IS 'key of the repository; empty for what happened outside every repository';
COMMENT ON COLUMN labels.label IS 'Managed, Unmanaged or Unknown';
COMMENT ON COLUMN labels.reason IS 'why, in one of the words of docs/guides/labels.md';
COMMENT ON COLUMN labels.evidence IS 'what the reason rests on';
COMMENT ON COLUMN labels.scope IS 'organization or host of the run that judged it';
COMMENT ON COLUMN labels.left_on IS 'day on which it left the organization';

COMMENT ON VIEW touches IS 'What the hook saw: one row for what one prompt did on one branch in one working tree.';
COMMENT ON COLUMN touches.time IS 'first touch';
COMMENT ON COLUMN touches.session_id IS 'session';
COMMENT ON COLUMN touches.prompt_id IS 'Claude Code''s prompt id';
COMMENT ON COLUMN touches.repository IS 'key of the repository; empty outside every repository';
COMMENT ON COLUMN touches.reads IS 'reads with a file tool';
COMMENT ON COLUMN touches.edits IS 'edits with a file tool';
COMMENT ON COLUMN touches.touches IS 'reads, edits, searches and commands';
COMMENT ON COLUMN touches.lines_added IS 'lines added, as the hook measured them';
COMMENT ON COLUMN touches.lines_removed IS 'lines removed, as the hook measured them';
COMMENT ON COLUMN touches.commits IS 'commits, as the hook measured them';
COMMENT ON COLUMN touches.head_name IS 'branch that was checked out; empty for none';
COMMENT ON COLUMN touches.head_revision IS 'commit that was checked out last';

COMMENT ON VIEW requests IS 'API requests as Claude Code''s events report them. Their costs are weights: the amounts of a session are those of attributed.';
COMMENT ON COLUMN requests.session_id IS 'session';
COMMENT ON COLUMN requests.prompt_id IS 'Claude Code''s prompt id; empty where it was not reported';
COMMENT ON COLUMN requests.started IS 'when the request began';
COMMENT ON COLUMN requests.model IS 'model, without the suffix of its context size';
COMMENT ON COLUMN requests.cost_nano IS 'cost in billionths of a US dollar';
COMMENT ON COLUMN requests.input_tokens IS 'input tokens';
COMMENT ON COLUMN requests.output_tokens IS 'output tokens';
COMMENT ON COLUMN requests.cache_read_tokens IS 'tokens read from the cache';
COMMENT ON COLUMN requests.cache_creation_tokens IS 'tokens written to the cache';

COMMENT ON VIEW tool_uses IS 'How often a session used a tool in a quarter of an hour.';
COMMENT ON COLUMN tool_uses.time IS 'start of the quarter of an hour';
COMMENT ON COLUMN tool_uses.session_id IS 'session';
COMMENT ON COLUMN tool_uses.tool IS 'tool';
COMMENT ON COLUMN tool_uses.uses IS 'uses';
COMMENT ON COLUMN tool_uses.failures IS 'uses that failed';

COMMENT ON VIEW label_changes IS 'History of the labels.';
COMMENT ON COLUMN label_changes.changed_at IS 'when';
COMMENT ON COLUMN label_changes.repository IS 'key of the repository';
COMMENT ON COLUMN label_changes.from_label IS 'label before';
COMMENT ON COLUMN label_changes.to_label IS 'label after';
COMMENT ON COLUMN label_changes.reason IS 'why';
COMMENT ON COLUMN label_changes.evidence IS 'what the reason rests on';

COMMENT ON VIEW scopes IS 'What the runs of the classifier judge.';
COMMENT ON COLUMN scopes.scope IS 'key of the scope';
COMMENT ON COLUMN scopes.host IS 'host';
COMMENT ON COLUMN scopes.organization IS 'organization; empty for a whole host';
COMMENT ON COLUMN scopes.organization_id IS 'GitHub''s number of the organization';
COMMENT ON COLUMN scopes.classified_at IS 'last run';
