-- What goes on by tokens of one identity, which an event of its issuer's transmitter ends.
DROP INDEX IF EXISTS task_shown;
CREATE INDEX CONCURRENTLY task_shown ON task USING gin (identities) WHERE state = 'active';
