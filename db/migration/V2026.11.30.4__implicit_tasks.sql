-- Tasks that nobody declared. Of an implicit one nobody holds the token: a standard client got a tool's credential and nothing else.
-- Those that are there were declared, or hold their token; a build from before this inserts tasks as it did.
-- Not validated, so that no row is read while the table is locked: what is there has the default.
ALTER TABLE task ADD COLUMN origin text NOT NULL DEFAULT 'declared',
    ADD CONSTRAINT task_origin CHECK (origin IN ('declared', 'assumed', 'implicit')) NOT VALID;

-- Which implicit task somebody is in who asks again in the same way. The key is a digest of who asks, for whom, bound to what, and for
-- what; its uniqueness makes two that ask at once one. Null: whoever inserted the row has not committed.
CREATE TABLE implicit_task (
    key        text PRIMARY KEY,
    task_id    uuid,
    lease_id   uuid,
    expires_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX implicit_task_expired ON implicit_task (expires_at);
