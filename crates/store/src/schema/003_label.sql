-- What the user says a chat holds: which of their rules apply to it.
ALTER TABLE conversation ADD COLUMN label TEXT NOT NULL DEFAULT 'public'
    CHECK (label IN ('public', 'personal', 'confidential', 'regulated'));
