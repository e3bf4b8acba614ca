-- The text of a prompt is kept only where errand.task.keep-prompt asks for it: what was stored without being asked for goes, its
-- digest stays.
UPDATE task
   SET declaration = declaration - 'prompt'
                     || jsonb_build_object('prompt_sha256', coalesce(declaration ->> 'prompt_sha256',
                            encode(sha256(convert_to(declaration ->> 'prompt', 'UTF8')), 'hex')))
 WHERE declaration ? 'prompt';

-- How many tasks an agent has, and what it has handed on that is not taken up yet.
CREATE INDEX task_live_of_agent ON task (agent_id) WHERE state = 'active';

-- Refusals before an agent is known, beyond the rate at which each has an event of its own: one row a kind and minute, until one
-- event says how many they were.
CREATE TABLE refusal_count (
    kind      text NOT NULL,
    reason    text NOT NULL,
    minute    timestamptz NOT NULL,
    counted   bigint NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (kind, reason, minute)
);
