-- Who wrote a text: the user here, a model, or whoever wrote an imported file. Null is not known, and
-- counts as somebody else: of chats from before nobody noted it.
ALTER TABLE message ADD COLUMN origin TEXT CHECK (origin IN ('typed', 'model', 'imported'));
ALTER TABLE conversation ADD COLUMN prompt_origin TEXT
    CHECK (prompt_origin IN ('typed', 'model', 'imported'));

-- An imported chat is pinned until the user says otherwise. Beside `pinned_local`, which is what its
-- export says.
ALTER TABLE conversation ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
