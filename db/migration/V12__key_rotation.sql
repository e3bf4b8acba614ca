-- A key is published before it signs (next), signs (active), and verifies long after (retiring), then without its private part.

ALTER TABLE signing_key DROP CONSTRAINT signing_key_state_check;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_state_check CHECK (state IN ('next', 'active', 'retiring'));
ALTER TABLE signing_key ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_sealed_check CHECK ((sealed IS NULL) = (state = 'retiring'));
ALTER TABLE signing_key ADD COLUMN active_at timestamptz;
ALTER TABLE signing_key ADD COLUMN retiring_at timestamptz;
UPDATE signing_key SET active_at = created_at WHERE state = 'active';
CREATE UNIQUE INDEX signing_key_next ON signing_key (alg) WHERE state = 'next';
