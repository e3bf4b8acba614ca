-- Subjects that are an agent's by how they begin. No two agents have prefixes of which one begins with the other: whoever
-- registers holds the table agent, and looks first.
CREATE TABLE agent_identity_prefix (
    issuer   text NOT NULL,
    prefix   text NOT NULL,
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (issuer, prefix)
);
CREATE INDEX agent_identity_prefix_agent ON agent_identity_prefix (agent_id);
