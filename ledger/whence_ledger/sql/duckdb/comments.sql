-- Describe the views for people who write SQL: in 'whence sql', and in docs/reference/data-model.md, which is generated.
-- Money is in US dollars, times are UTC, text is empty where nothing was reported.

COMMENT ON VIEW attributed IS 'Usage: one row for each quarter of an hour, session, model and repository with a share of it. The amounts of a session add up to what Claude Code reported. Choose one rule: contains(split, ''request'').';
COMMENT ON COLUMN attributed.time IS 'start of the quarter of an hour';
COMMENT ON COLUMN attributed.session_id IS 'Claude Code''s session id; no-session:USER:DAY if it was not reported';
COMMENT ON COLUMN attributed.user IS 'e-mail address from Claude Code''s telemetry, else the hook''s, else the user id';
COMMENT ON COLUMN attributed.team IS 'team.id, department or cost_center of OTEL_RESOURCE_ATTRIBUTES';
COMMENT ON COLUMN attributed.model IS 'model, without the suffix of its context size';
COMMENT ON COLUMN attributed.query_source IS 'main, subagent or auxiliary, as Claude Code reports it';
COMMENT ON COLUMN attributed.effort IS 'effort level, as Claude Code reports it';
COMMENT ON COLUMN attributed.speed IS 'fast mode or not, as Claude Code reports it';
COMMENT ON COLUMN attributed.is_small IS 'the session has less than 2,000 tokens of output';
COMMENT ON COLUMN attributed.is_unchanged IS 'the session has no line, commit or pull request';
COMMENT ON COLUMN attributed.is_unread IS 'the session wrote more tokens to the cache than it read from it';
COMMENT ON COLUMN attributed.repository IS 'key of the repository (see repositories); empty outside every repository';
COMMENT ON COLUMN attributed.split IS 'rules that the row is for: request, prompt, session, or several where they agree';
COMMENT ON COLUMN attributed.last_time IS 'latest data point in the row';
COMMENT ON COLUMN attributed.cost_usd IS 'cost in US dollars';
COMMENT ON COLUMN attributed.request_cost_usd IS 'part of the cost that is attributed by a request''s own tool calls or those near it';
COMMENT ON COLUMN attributed.prompt_cost_usd IS 'part attributed by the touches of its prompt';
COMMENT ON COLUMN attributed.session_cost_usd IS 'part attributed by the touches of its session';
COMMENT ON COLUMN attributed.start_cost_usd IS 'part attributed by the directory in which the session was started';
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
COMMENT ON COLUMN attributed.client_cost_usd IS 'part attributed by the repository that Claude Code itself named; the cost beyond these five parts has no basis';

COMMENT ON VIEW sessions IS 'One row per session.';
COMMENT ON COLUMN sessions.session_id IS 'Claude Code''s session id';
COMMENT ON COLUMN sessions.user IS 'user of the session';
COMMENT ON COLUMN sessions.team IS 'team of the session';
COMMENT ON COLUMN sessions.started IS 'first data of the session';
COMMENT ON COLUMN sessions.ended IS 'last data of the session';
COMMENT ON COLUMN sessions.machine IS 'installation of Claude Code (its user.id); Claude Code does not report host names';
COMMENT ON COLUMN sessions.client_version IS 'version of Claude Code';
COMMENT ON COLUMN sessions.gap IS 'why its cost is not attributed by request; docs/concepts/coverage.md lists the values';

COMMENT ON VIEW shares IS 'The share of each repository in a session. The shares of a session under one rule add up to 1.';
COMMENT ON COLUMN shares.session_id IS 'session';
COMMENT ON COLUMN shares.split IS 'rules that the row is for: request, prompt, session, or several where they agree';
COMMENT ON COLUMN shares.repository IS 'key of the repository; empty outside every repository';
COMMENT ON COLUMN shares.share IS 'share, from 0 to 1';

COMMENT ON VIEW branches IS 'The branches on which a session worked in a repository, and the part of its usage there that belongs to each. The pieces of a session and repository add up to its usage.';
COMMENT ON COLUMN branches.session_id IS 'session';
COMMENT ON COLUMN branches.repository IS 'key of the repository';
COMMENT ON COLUMN branches.branch IS 'branch that was checked out; empty for none';
COMMENT ON COLUMN branches.first_touch IS 'first touch of the repository on the branch';
COMMENT ON COLUMN branches.last_touch IS 'last touch';
COMMENT ON COLUMN branches.touches IS 'reads, edits, searches and commands';
COMMENT ON COLUMN branches.low IS 'start of the branch''s piece of cost, tokens and time';
COMMENT ON COLUMN branches.high IS 'end of the piece; piece(cost_usd, low, high, total) returns its amount';
COMMENT ON COLUMN branches.total IS 'end of the last piece';
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

COMMENT ON VIEW extensions IS 'What the requests of a session were made for, by repository and model, and the part of the usage there that belongs to each. The pieces of a session, repository and model add up to its usage.';
COMMENT ON COLUMN extensions.session_id IS 'session';
COMMENT ON COLUMN extensions.repository IS 'key of the repository; empty for none';
COMMENT ON COLUMN extensions.model IS 'model';
COMMENT ON COLUMN extensions.skill IS 'skill that Claude Code names; empty for none';
COMMENT ON COLUMN extensions.subagent IS 'the same for the subagent';
COMMENT ON COLUMN extensions.plugin IS 'the same for the plugin';
COMMENT ON COLUMN extensions.mcp_server IS 'the same for the MCP server';
COMMENT ON COLUMN extensions.slash_command IS 'slash command that the prompt consists of, without arguments; empty for none';
COMMENT ON COLUMN extensions.low IS 'start of its piece of cost and tokens';
COMMENT ON COLUMN extensions.high IS 'end of the piece; piece(cost_usd, low, high, total) returns its amount';
COMMENT ON COLUMN extensions.total IS 'end of the last piece';

COMMENT ON VIEW repositories IS 'One row for each repository that a hook, or Claude Code itself, has ever named.';
COMMENT ON COLUMN repositories.repository IS 'key: host/owner/name, in lower case where the host ignores case';
COMMENT ON COLUMN repositories.display IS 'name for people: owner/name on github.com, else with the host';
COMMENT ON COLUMN repositories.host IS 'host; empty for a repository without a remote';
COMMENT ON COLUMN repositories.owner IS 'owner: user, organization or group';
COMMENT ON COLUMN repositories.name IS 'name';
COMMENT ON COLUMN repositories.remote IS 'whether it has a remote';
COMMENT ON COLUMN repositories.root_commits IS 'first commits of its history, at most 4';
COMMENT ON COLUMN repositories.first_seen IS 'first touch or, if no hook has named it, first data point that names it';
COMMENT ON COLUMN repositories.last_seen IS 'last touch, or data point';

COMMENT ON VIEW labels IS 'The label of each repository, from the classifier. Empty before the first classification.';
COMMENT ON COLUMN labels.repository IS 'key of the repository; empty for usage outside every repository';
COMMENT ON COLUMN labels.label IS 'Managed, Unmanaged or Unknown';
COMMENT ON COLUMN labels.reason IS 'why; docs/concepts/labels.md lists the reasons';
COMMENT ON COLUMN labels.evidence IS 'evidence for the reason';
COMMENT ON COLUMN labels.scope IS 'organization or host of the run that labelled it';
COMMENT ON COLUMN labels.left_on IS 'day on which it had left the organization';

COMMENT ON VIEW touches IS 'What the hook saw: one row for the work of one prompt on one branch in one working tree.';
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
COMMENT ON COLUMN touches.utc_offset IS 'the machine''s offset from UTC in minutes; NULL if the span does not tell';

COMMENT ON VIEW requests IS 'API requests as Claude Code''s events report them. Their costs are only weights; the amounts of a session are in attributed.';
COMMENT ON COLUMN requests.session_id IS 'session';
COMMENT ON COLUMN requests.prompt_id IS 'Claude Code''s prompt id; empty if it was not reported';
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
COMMENT ON COLUMN label_changes.changed_at IS 'time of the change';
COMMENT ON COLUMN label_changes.repository IS 'key of the repository';
COMMENT ON COLUMN label_changes.from_label IS 'previous label';
COMMENT ON COLUMN label_changes.to_label IS 'new label';
COMMENT ON COLUMN label_changes.reason IS 'why';
COMMENT ON COLUMN label_changes.evidence IS 'evidence for the reason';

COMMENT ON VIEW cases IS 'What people decided about a user''s spend on a repository: the newest decision of each pair. No figure depends on it.';
COMMENT ON COLUMN cases.user IS 'user, as in attributed';
COMMENT ON COLUMN cases.repository IS 'key of the repository';
COMMENT ON COLUMN cases.status IS 'new, legitimate, talked-to, moved or dismissed';
COMMENT ON COLUMN cases.note IS 'note of the person who decided';
COMMENT ON COLUMN cases.day IS 'day (UTC) of the case; later spend counts as continued';
COMMENT ON COLUMN cases.decided_at IS 'time of the decision';
COMMENT ON COLUMN cases.decided_by IS 'who decided: the user that a proxy signed in, else admin and the address';
COMMENT ON COLUMN cases.is_settled IS 'whether it is legitimate, moved or dismissed';

COMMENT ON VIEW case_changes IS 'History of the cases: every decision.';
COMMENT ON COLUMN case_changes.decided_at IS 'time of the decision';
COMMENT ON COLUMN case_changes.user IS 'user, as in attributed';
COMMENT ON COLUMN case_changes.repository IS 'key of the repository';
COMMENT ON COLUMN case_changes.status IS 'new, legitimate, talked-to, moved or dismissed';
COMMENT ON COLUMN case_changes.note IS 'note of the person who decided';
COMMENT ON COLUMN case_changes.day IS 'day (UTC) of the case';
COMMENT ON COLUMN case_changes.decided_by IS 'who decided';

COMMENT ON VIEW pull_request_commits IS 'The commits of each pull request, as far as the classifier knows them.';
COMMENT ON COLUMN pull_request_commits.repository IS 'key of the repository';
COMMENT ON COLUMN pull_request_commits.number IS 'number of the pull request';
COMMENT ON COLUMN pull_request_commits.revision IS 'id of the commit';

COMMENT ON VIEW pull_requests IS 'Pull requests of the organization''s repositories, as whence classify --pull-requests lists them.';
COMMENT ON COLUMN pull_requests.repository IS 'key of the repository';
COMMENT ON COLUMN pull_requests.number IS 'number';
COMMENT ON COLUMN pull_requests.title IS 'title; empty where it was listed with --no-titles';
COMMENT ON COLUMN pull_requests.state IS 'open, merged, or closed without a merge';
COMMENT ON COLUMN pull_requests.author IS 'GitHub login of the author; empty for a deleted account';
COMMENT ON COLUMN pull_requests.head IS 'its branch, which is one of the same repository';
COMMENT ON COLUMN pull_requests.created_at IS 'when it was opened';
COMMENT ON COLUMN pull_requests.updated_at IS 'last change that GitHub reported';
COMMENT ON COLUMN pull_requests.closed_at IS 'when it was closed or merged';
COMMENT ON COLUMN pull_requests.merged_at IS 'when it was merged';

COMMENT ON VIEW scopes IS 'The organizations and hosts that runs of the classifier label.';
COMMENT ON COLUMN scopes.scope IS 'key of the scope';
COMMENT ON COLUMN scopes.host IS 'host';
COMMENT ON COLUMN scopes.organization IS 'organization; empty for an entire host';
COMMENT ON COLUMN scopes.organization_id IS 'GitHub''s number of the organization';
COMMENT ON COLUMN scopes.classified_at IS 'last run';

COMMENT ON VIEW saved_views IS 'Views of the dashboard that people named.';
COMMENT ON COLUMN saved_views.name IS 'name of the view';
COMMENT ON COLUMN saved_views.view IS 'query string of the dashboard''s address';
COMMENT ON COLUMN saved_views.saved_at IS 'time of saving';
COMMENT ON COLUMN saved_views.saved_by IS 'who saved it: the user that a proxy signed in, else admin and the address';
