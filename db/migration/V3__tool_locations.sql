-- What a `resource` parameter may name (RFC 8707): a location belongs to one tool, and finds it.

CREATE TABLE tool_location (
    location     text PRIMARY KEY,
    tool_id      uuid NOT NULL REFERENCES tool ON DELETE CASCADE
);
CREATE INDEX tool_location_tool ON tool_location (tool_id);
