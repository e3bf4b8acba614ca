-- What was granted on the tool, as the holder and introspection see it (RFC 9396), where it is less than all of the actions' data
-- and locations; null: it is not.
ALTER TABLE lease ADD COLUMN details jsonb;
-- The key that the credential's task is bound to (RFC 7800); null: to none.
ALTER TABLE lease ADD COLUMN cnf jsonb;
