-- What a model thought before it answered, apart from the answer: it is not searched, and not exported.
ALTER TABLE message ADD COLUMN thought TEXT NOT NULL DEFAULT '';

-- What was said so far, of thought and answer each.
ALTER TABLE partial RENAME TO one_partial;
CREATE TABLE partial (
    message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel IN ('thought', 'answer')),
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (message, channel, at)
) STRICT, WITHOUT ROWID;
INSERT INTO partial (message, channel, at, text) SELECT message, 'answer', at, text FROM one_partial;
DROP TABLE one_partial;
