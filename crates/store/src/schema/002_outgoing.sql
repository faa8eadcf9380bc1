-- What left this device, or was about to: one row for each event, never changed or deleted. `entry`
-- is the `seq` of the row with which the request began. Each row's `mac` covers all of its columns
-- and the `mac` before it, under a key that is not in this file.
CREATE TABLE outgoing (
    seq INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    provider TEXT NOT NULL,
    -- Nano-dollars: reserved while the request runs, charged at its end.
    amount INTEGER NOT NULL,
    -- The answer that it is for. It outlives the chat, and is not text.
    message TEXT,
    -- The rest, as JSON.
    detail TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;
CREATE INDEX outgoing_entry ON outgoing (entry, seq);
CREATE INDEX outgoing_time ON outgoing (at_ms);
CREATE INDEX outgoing_message ON outgoing (message) WHERE message IS NOT NULL;

-- How sure each local answer was, and how the user graded it. Holds no text; the sketch of the
-- question goes when its message does.
CREATE TABLE judged (
    message TEXT PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    -- The model, its file and how it is run: what a score depends on.
    fingerprint TEXT NOT NULL,
    evidence TEXT NOT NULL,
    sketch TEXT,
    -- Drawn at random: the user is asked about it.
    drawn INTEGER NOT NULL,
    -- Whether it was right; null until somebody said.
    correct INTEGER,
    -- Whether an answer from elsewhere was better; null until somebody compared.
    elsewhere_better INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX judged_fingerprint ON judged (fingerprint, at_ms);

CREATE TRIGGER judged_forget AFTER DELETE ON message BEGIN
    UPDATE judged SET sketch = NULL WHERE message = old.id;
END;
