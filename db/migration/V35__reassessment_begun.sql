-- When its round began: leases that came later were decided by what is in force now, and need not be looked at.
ALTER TABLE reassessment ADD COLUMN begun_at timestamptz;
