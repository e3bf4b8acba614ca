-- From when the limits of a renewed lease count, should they become shorter while it is live. Null: never renewed, so from created_at.
ALTER TABLE lease ADD COLUMN renewed_at timestamptz;
