-- Events of before the trigger, which waited for all of them: they come first, in the order of their ids.
INSERT INTO audit_queue (n, event_id)
SELECT row_number() OVER (ORDER BY id) - count(*) OVER () - 1, id
  FROM audit_event AS event
 WHERE NOT EXISTS (SELECT FROM audit_queue WHERE event_id = event.id)
   AND NOT EXISTS (SELECT FROM audit_leaf WHERE event_id = event.id);
