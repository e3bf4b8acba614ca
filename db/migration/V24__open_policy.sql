-- Policies about entity types of their own, each set with its schema. They decide for gateways, never about tasks and tools.
CREATE TABLE open_policy (
    name         text PRIMARY KEY,
    version      bigint NOT NULL,
    schema       text NOT NULL,
    cedar        text NOT NULL,
    author       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
