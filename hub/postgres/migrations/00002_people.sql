-- +goose Up
CREATE TABLE organisations (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('branch', 'office')),
    code        text NOT NULL,
    name        text NOT NULL,
    province    text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT hub_now(),
    disabled_at timestamptz,
    CONSTRAINT organisations_code_key UNIQUE (kind, code)
);

-- One person per national id. Columns ending in _ct are ciphertext of hub/vault, those in _index its blind indexes.
CREATE TABLE persons (
    id                uuid PRIMARY KEY,
    kind              text NOT NULL CHECK (kind IN ('natural', 'legal')),
    national_id_ct    bytea NOT NULL,
    national_id_index bytea NOT NULL,
    given_name_ct     bytea,
    family_name_ct    bytea,
    name_ct           bytea,
    residence         text NOT NULL DEFAULT 'domestic' CHECK (residence IN ('domestic', 'abroad')),
    language          text NOT NULL DEFAULT 'fa' CHECK (language IN ('fa', 'en')),
    personal_code     text,          -- argon2id
    activated_at      timestamptz,   -- enrolled means activated
    enrolled_by       uuid REFERENCES organisations,
    created_at        timestamptz NOT NULL DEFAULT hub_now(),
    CONSTRAINT persons_national_id_key UNIQUE (national_id_index),
    CHECK ((activated_at IS NULL) = (personal_code IS NULL)),
    CHECK ((kind = 'legal') = (name_ct IS NOT NULL)),
    CHECK ((kind = 'natural') = (given_name_ct IS NOT NULL AND family_name_ct IS NOT NULL))
);

-- Legal persons act through natural ones.
CREATE TABLE representatives (
    id           uuid PRIMARY KEY,
    legal_person uuid NOT NULL REFERENCES persons,
    person       uuid NOT NULL REFERENCES persons,
    role         text NOT NULL CHECK (role IN ('owner', 'manager', 'reader')),
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    ended_at     timestamptz
);
CREATE UNIQUE INDEX representatives_open ON representatives (legal_person, person) WHERE ended_at IS NULL;
CREATE INDEX representatives_person ON representatives (person) WHERE ended_at IS NULL;

-- A change of contact is a new row; the row without an end is in force.
CREATE TABLE contacts (
    id           uuid PRIMARY KEY,
    person       uuid NOT NULL REFERENCES persons,
    mobile_ct    bytea,
    mobile_index bytea,
    email_ct     bytea,
    address_ct   bytea,
    changed_by   uuid NOT NULL,
    since        timestamptz NOT NULL DEFAULT hub_now(),
    until        timestamptz CHECK (until >= since),
    CHECK ((mobile_ct IS NULL) = (mobile_index IS NULL))
);
CREATE UNIQUE INDEX contacts_current ON contacts (person) WHERE until IS NULL;
CREATE INDEX contacts_mobile ON contacts (mobile_index) WHERE until IS NULL; -- several persons may share a phone

CREATE TABLE grants (
    id           uuid PRIMARY KEY,
    person       uuid NOT NULL REFERENCES persons,
    role         text NOT NULL CHECK (role IN ('lawyer', 'court_clerk', 'office_clerk', 'service_officer',
                                               'operator', 'auditor', 'admin')),
    organisation uuid REFERENCES organisations,
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    revoked_at   timestamptz,
    CHECK ((role IN ('court_clerk', 'office_clerk', 'service_officer')) = (organisation IS NOT NULL))
);
CREATE UNIQUE INDEX grants_open ON grants (person, role, coalesce(organisation, '00000000-0000-0000-0000-000000000000'))
    WHERE revoked_at IS NULL;

-- A code to prove that one holds a phone. The code itself is nowhere: the worker recomputes it from a key and the id.
-- person is NULL for an attempt to sign in as nobody we know: it must look the same from outside.
CREATE TABLE challenges (
    id           uuid PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('activation', 'sign_in', 'contact_change', 'confirm')),
    person       uuid REFERENCES persons,
    mobile_ct    bytea,              -- where the code goes; NULL when none is sent
    payload_ct   bytea,              -- contact_change: the contact to come
    passed_first boolean NOT NULL,   -- sign_in: the personal code was right
    tries        smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    expires_at   timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at      timestamptz
);
CREATE INDEX challenges_person ON challenges (person, purpose, created_at);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,    -- SHA-256 of the cookie
    id         uuid NOT NULL UNIQUE,
    person     uuid NOT NULL REFERENCES persons,
    data       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT hub_now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    hash         bytea NOT NULL UNIQUE, -- SHA-256 of the key
    name         text NOT NULL,
    role         text NOT NULL,
    organisation uuid REFERENCES organisations,
    mode         text NOT NULL CHECK (mode IN ('live', 'test')),
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz
);

-- Stored answers of idempotent calls, kept a day.
CREATE TABLE idempotency_keys (
    owner        uuid NOT NULL,      -- api key or person
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,     -- SHA-256 of method, path and body
    status       integer,            -- NULL while running
    answer_ct    bytea,
    locked_until timestamptz,
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    PRIMARY KEY (owner, key),
    CHECK ((status IS NULL) = (answer_ct IS NULL)),
    CHECK ((status IS NULL) = (locked_until IS NOT NULL))
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- What went wrong on our side or at the door, so that the hub can attest it later (bylaw 13 n.1).
CREATE TABLE incidents (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('outage', 'failed_sign_in', 'code_undelivered')),
    person     uuid REFERENCES persons,
    part       text NOT NULL DEFAULT '', -- outage: what was away
    reason     text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT hub_now(),
    ended_at   timestamptz CHECK (ended_at >= started_at)
);
CREATE INDEX incidents_person ON incidents (person, started_at);
CREATE UNIQUE INDEX incidents_open_outage ON incidents (part) WHERE kind = 'outage' AND ended_at IS NULL;
