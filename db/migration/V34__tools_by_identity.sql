-- Which tools a caller of introspection may see is asked by its identity. Tools are few, so the lock is short.
CREATE INDEX tool_identities ON tool USING gin ((spec -> 'identities') jsonb_path_ops);
