-- The live tasks that came through an agent: what it may no longer have, they may not have either. Tasks of agents that act for
-- themselves, which is most of them, are not in it.
CREATE INDEX task_came_through ON task USING gin (actors) WHERE state = 'active' AND actors <> '{}';
