-- Who showed who they are for a task, or for one above it: '<issuer>:<subject>' each, workloads and people. An issuer's name has
-- no colon. Rows from before have none; they are found by issuer and subject, and are over in a day.
ALTER TABLE task ADD COLUMN identities text[] NOT NULL DEFAULT '{}';

-- Nothing is found by the agent's own issuer alone any more.
DROP INDEX task_issuer;

-- Whether a person was ever seen.
CREATE INDEX task_person ON task (subject) WHERE subject LIKE 'person:%';

-- A lock that was ordered of a name that nothing had then.
ALTER TABLE revocation ADD COLUMN unknown boolean NOT NULL DEFAULT false;
