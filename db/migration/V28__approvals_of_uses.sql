-- An approval may be for one use of a tool instead of one grant: then it is asked for by an evaluation, which also consumes it, and
-- nobody polls for it. The table is one row for each request that waited for people, so these statements are short.
ALTER TABLE approval ADD COLUMN use_task uuid;
-- Who sent that evaluation, as in the audit log: they may not answer it.
ALTER TABLE approval ADD COLUMN asked_by text;
ALTER TABLE approval ALTER COLUMN code_sha256 DROP NOT NULL;
ALTER TABLE approval ADD CONSTRAINT approval_collected CHECK ((use_task IS NULL) = (code_sha256 IS NOT NULL)) NOT VALID;
-- One that is open for the same use, whoever asks again.
CREATE UNIQUE INDEX approval_use_open ON approval (use_task, digest)
    WHERE use_task IS NOT NULL AND state IN ('pending', 'approved');
CREATE INDEX approval_use ON approval (use_task, digest, id) WHERE use_task IS NOT NULL;
