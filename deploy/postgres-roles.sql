-- Two roles for the split mode (approvals.split: true). Run as the owner of the database, after the approvals service
-- has started once (it makes the tables):
--   psql -v ON_ERROR_STOP=1 -f deploy/postgres-roles.sql "$OWNER_URL"
-- The roles need a way to log in of their own: ALTER ROLE interlock_chat LOGIN PASSWORD ... (or a certificate).
--
-- interlock_chat may ask for changes and halt everything. It can neither decide, nor mark anything as approved or
-- executed, nor lift a halt, nor bring a policy into force, nor touch what is on record.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'interlock_chat') THEN CREATE ROLE interlock_chat; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'interlock_approvals') THEN CREATE ROLE interlock_approvals; END IF;
END
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, interlock_chat, interlock_approvals;
GRANT USAGE ON SCHEMA public TO interlock_chat, interlock_approvals;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO interlock_chat, interlock_approvals;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO interlock_chat, interlock_approvals;

-- The conversation's own: questions, evidence, jobs, budgets, tokens, what the service notes of itself.
GRANT INSERT, UPDATE, DELETE ON evidence, turn, job, cursor, spending, noted, token, hold, outbox, person TO interlock_chat;
-- The record and the ways in: rows are added, never changed.
GRANT INSERT ON audit, change, change_event, halt TO interlock_chat;

GRANT INSERT, UPDATE, DELETE ON job, cursor, noted, outbox, person, change_step TO interlock_approvals;
GRANT INSERT, UPDATE ON change, halt TO interlock_approvals;
GRANT INSERT ON audit, change_event, decision, execution, policy_version TO interlock_approvals;
-- SELECT ... FOR UPDATE on a change needs UPDATE, which it has; retention is the owner's.
