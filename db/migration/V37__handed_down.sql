-- When an agent changes, so do the tasks that came through it. Most tasks came through nobody and are not in the index.
CREATE INDEX task_handed_down ON task USING gin (actors) WHERE state = 'active' AND actors <> '{}';
