-- Cosignatures of the audit log's checkpoints by witnesses (C2SP tlog-witness).

-- Each as the line that it is in a signed note; witness is the name of the key, which is in the line too.
CREATE TABLE audit_cosignature (
    log       int NOT NULL,
    witness   text NOT NULL,
    size      bigint NOT NULL,
    line      text NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (log, witness, size)
);
CREATE INDEX audit_cosignature_size ON audit_cosignature (log, size);

-- When a witness was last asked, by whichever replica; and what it answered if it did not cosign.
CREATE TABLE audit_witness (
    name     text PRIMARY KEY,
    asked_at timestamptz NOT NULL,
    trouble  text
);
