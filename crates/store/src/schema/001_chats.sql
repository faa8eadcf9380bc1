CREATE TABLE conversation (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    pinned_local INTEGER NOT NULL,
    model TEXT,
    trashed_ms INTEGER,
    -- The first message of the branch that is shown.
    chosen_child TEXT
) STRICT;

-- `chosen_child` here and above has no foreign key: it would cost an index on each, and a
-- choice that leads nowhere simply falls back to the newest child.
-- `parent` does not cascade: SQLite follows a cascade along a chain by recursion, and gives up
-- at a depth of 1000, which a long chat has. Messages go with their conversation, all at once.
CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    parent TEXT REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    role TEXT NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
    text TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    chosen_child TEXT
) STRICT;
CREATE INDEX message_conversation ON message (conversation);
CREATE INDEX message_parent ON message (parent);

-- How an answer came about. `finish` is null while it is being written.
CREATE TABLE answer (
    message TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    finish TEXT,
    place TEXT NOT NULL,
    model TEXT NOT NULL,
    backend TEXT,
    cost_nano_usd INTEGER,
    bytes_sent INTEGER NOT NULL,
    error TEXT,
    -- The rest is read and written whole, as JSON.
    reasons TEXT NOT NULL,
    usage TEXT NOT NULL,
    timing TEXT NOT NULL,
    confidence TEXT NOT NULL,
    speculation TEXT NOT NULL,
    tokens TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_unfinished ON answer (message) WHERE finish IS NULL;

-- The text so far of an answer that is being written. It moves to `message.text` once, at the
-- end, so that the search index is not rebuilt twice a second.
CREATE TABLE partial (
    message TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row for each run of a model. It holds no text and outlives the chat, so that what was
-- spent this month stays true after a chat is deleted.
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    place TEXT NOT NULL,
    model TEXT NOT NULL,
    finish TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    ttft_ms REAL,
    decode_tok_s REAL,
    cost_nano_usd INTEGER NOT NULL,
    bytes_sent INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_time ON ledger (at_ms);

-- Every network connection that was made.
CREATE TABLE connection (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    host TEXT NOT NULL,
    purpose TEXT NOT NULL,
    bytes_sent INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL
) STRICT;
CREATE INDEX connection_time ON connection (at_ms);

-- Full text search. `secure-delete` removes a deleted text's words from the index itself.
CREATE VIRTUAL TABLE message_search USING fts5 (
    text,
    content = 'message', content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO message_search (message_search, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER message_search_insert AFTER INSERT ON message BEGIN
    INSERT INTO message_search (rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER message_search_delete AFTER DELETE ON message BEGIN
    INSERT INTO message_search (message_search, rowid, text) VALUES ('delete', old.seq, old.text);
END;
CREATE TRIGGER message_search_update AFTER UPDATE OF text ON message BEGIN
    INSERT INTO message_search (message_search, rowid, text) VALUES ('delete', old.seq, old.text);
    INSERT INTO message_search (rowid, text) VALUES (new.seq, new.text);
END;

CREATE VIRTUAL TABLE title_search USING fts5 (
    title,
    content = 'conversation', content_rowid = 'seq',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO title_search (title_search, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER title_search_insert AFTER INSERT ON conversation BEGIN
    INSERT INTO title_search (rowid, title) VALUES (new.seq, new.title);
END;
CREATE TRIGGER title_search_delete AFTER DELETE ON conversation BEGIN
    INSERT INTO title_search (title_search, rowid, title) VALUES ('delete', old.seq, old.title);
END;
CREATE TRIGGER title_search_update AFTER UPDATE OF title ON conversation BEGIN
    INSERT INTO title_search (title_search, rowid, title) VALUES ('delete', old.seq, old.title);
    INSERT INTO title_search (rowid, title) VALUES (new.seq, new.title);
END;
