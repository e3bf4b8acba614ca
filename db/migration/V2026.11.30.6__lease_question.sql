-- What policy was asked when a lease was granted: whoever decides a live lease again asks it again, and reads the audit log for
-- nothing. Without a check, which would read the whole table under a lock. Null: granted by a build before this one, or without a
-- policy; then nothing is known to have been declared.
ALTER TABLE lease ADD COLUMN question jsonb;
