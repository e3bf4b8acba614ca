-- Which deployment this database is of, and which nonces it wrote at its targets. A nonce at a target that is not here was written
-- by another database: this one is a copy, or was restored.

CREATE TABLE deployment (
    id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    since   timestamptz NOT NULL DEFAULT now(),
    left_at timestamptz
);
CREATE UNIQUE INDEX deployment_current ON deployment ((true)) WHERE left_at IS NULL;
INSERT INTO deployment DEFAULT VALUES;

CREATE TABLE deployment_nonce (
    target     text NOT NULL,
    nonce      uuid NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (nonce, target)
);

-- While there is a row, nothing is destroyed and nothing is made at a target.
CREATE TABLE deployment_doubt (
    target   text PRIMARY KEY,
    nonce    uuid NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now()
);

-- Kinds are the code's to name.
ALTER TABLE finding DROP CONSTRAINT IF EXISTS finding_kind_check;
