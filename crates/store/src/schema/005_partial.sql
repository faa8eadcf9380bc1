-- What an answer that is being written has said so far, one row for each save: what came from byte
-- `at` on. A save then writes what is new, however long the answer has become.
ALTER TABLE partial RENAME TO whole_partial;
CREATE TABLE partial (
    message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, at)
) STRICT, WITHOUT ROWID;
INSERT INTO partial (message, at, text) SELECT message, 0, text FROM whole_partial;
DROP TABLE whole_partial;
