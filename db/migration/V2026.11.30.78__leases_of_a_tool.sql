-- When a tool was last used, whatever has become of its leases.
DROP INDEX IF EXISTS lease_of_tool;
CREATE INDEX CONCURRENTLY lease_of_tool ON lease (tool, id);
