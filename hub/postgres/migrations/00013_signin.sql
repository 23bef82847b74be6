-- +goose Up
-- How often something was tried: one row is one bucket that empties with time. at is when it will be empty; a try moves it
-- on by a step and is refused beyond the bucket's room. The key is a blind index, so that no address and nobody's number
-- is kept, and it is there for people whom nobody knows as well: a refusal tells nothing of who is enrolled.
CREATE TABLE tries (
    key  bytea PRIMARY KEY,
    at   timestamptz NOT NULL,
    room interval NOT NULL CHECK (room > '0')
);
CREATE INDEX tries_age ON tries (at);

-- The devices a person has signed in from before: what strangers try elsewhere does not count against them.
CREATE TABLE devices (
    person  uuid NOT NULL REFERENCES persons,
    device  uuid NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT hub_now(),
    PRIMARY KEY (person, device)
);
CREATE INDEX devices_age ON devices (seen_at);

-- RFC 6238: the secret sealed, and the last time step of which a code was used, so that each is used once.
CREATE TABLE second_factors (
    person       uuid PRIMARY KEY REFERENCES persons,
    secret_ct    bytea NOT NULL,
    last_step    bigint NOT NULL DEFAULT 0 CHECK (last_step >= 0),
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    confirmed_at timestamptz            -- NULL: shown, and not yet proved
);
CREATE TABLE recovery_codes (
    person  uuid NOT NULL REFERENCES second_factors ON DELETE CASCADE,
    hash    bytea NOT NULL,             -- keyed by the vault
    used_at timestamptz,
    PRIMARY KEY (person, hash)
);

-- A personal code given anew at an office, and by what the clerk knew the person. Never the number of the document.
CREATE TABLE recoveries (
    id         uuid PRIMARY KEY,
    person     uuid NOT NULL REFERENCES persons,
    office     uuid REFERENCES organisations,
    clerk      uuid NOT NULL,           -- the person or key at the desk
    proof      text NOT NULL CHECK (proof IN ('national_card', 'birth_certificate', 'passport', 'driving_licence', 'other')),
    started_at timestamptz NOT NULL DEFAULT hub_now(),
    ended_at   timestamptz CHECK (ended_at >= started_at)
);
CREATE INDEX recoveries_person ON recoveries (person, started_at);

-- subject is the blind index of the national id that was typed, whether or not anybody has it. The last three purposes
-- of texts tell something and ask for no code.
ALTER TABLE challenges ADD COLUMN subject bytea;
ALTER TABLE challenges DROP CONSTRAINT challenges_purpose_check;
ALTER TABLE challenges ADD CONSTRAINT challenges_purpose_check CHECK (purpose IN ('activation', 'sign_in', 'second_factor',
    'contact_change', 'confirm', 'recovery', 'recovery_begun', 'recovery_done', 'second_factor_changed'));

ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '' CHECK (length(device) <= 40); -- platform and browser, in words
ALTER TABLE sessions ADD COLUMN seen_at timestamptz NOT NULL DEFAULT hub_now();

-- Four eyes: what a clerk submits waits until another clerk of the branch approves it. Of keys only where that is asked
-- for as well.
ALTER TABLE organisations ADD COLUMN four_eyes boolean NOT NULL DEFAULT false;
ALTER TABLE organisations ADD COLUMN four_eyes_keys boolean NOT NULL DEFAULT false;

CREATE TABLE drafts (
    id          uuid PRIMARY KEY,
    submitter   uuid NOT NULL REFERENCES organisations,
    author      uuid NOT NULL,          -- the person or key that submitted it
    author_kind text NOT NULL CHECK (author_kind IN ('person', 'key')),
    request     bytea,                  -- names an idempotent call
    corrects    uuid,
    paper_ct    bytea,                  -- NULL: it expired and was erased
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'approved', 'returned')),
    reason_ct   bytea,                  -- returned: why
    notice      uuid,                   -- approved: what it became
    created_at  timestamptz NOT NULL DEFAULT hub_now(),
    expires_at  timestamptz NOT NULL CHECK (expires_at > created_at),
    decided_by  uuid,
    decided_at  timestamptz,
    CONSTRAINT drafts_decided CHECK ((state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT drafts_four_eyes CHECK (state <> 'approved' OR decided_by <> author),
    CONSTRAINT drafts_approved CHECK (notice IS NULL OR state = 'approved')
);
CREATE UNIQUE INDEX drafts_request ON drafts (author, request) WHERE request IS NOT NULL;
CREATE INDEX drafts_submitter ON drafts (submitter, state, id);
CREATE INDEX drafts_expiry ON drafts (expires_at) WHERE paper_ct IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON tries, devices, second_factors, recovery_codes TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE ON recoveries, drafts TO eblagh_worker;
GRANT SELECT ON drafts TO eblagh_app;
ALTER TABLE drafts ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON drafts FOR SELECT TO eblagh_app USING (submitter = ANY ((SELECT hub_organisations())::uuid[]));
