-- What computed an answer on this device, as JSON; null for answers from elsewhere and older ones.
ALTER TABLE answer ADD COLUMN device TEXT NOT NULL DEFAULT 'null';
