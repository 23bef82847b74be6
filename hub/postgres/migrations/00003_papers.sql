-- +goose Up
CREATE TABLE documents (
    id           uuid PRIMARY KEY,
    submitter    uuid NOT NULL REFERENCES organisations,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32),
    size         bigint NOT NULL CHECK (size > 0),
    media_type   text NOT NULL,
    file_name_ct bytea,
    created_at   timestamptz NOT NULL DEFAULT hub_now(),
    CONSTRAINT documents_bytes_key UNIQUE (submitter, sha256)
);
-- Apart from documents, so that bytes can be deleted by law while the digest stays.
CREATE TABLE document_bytes (
    document uuid PRIMARY KEY REFERENCES documents,
    bytes_ct bytea NOT NULL
);
ALTER TABLE document_bytes ALTER COLUMN bytes_ct SET STORAGE EXTERNAL; -- ciphertext does not compress

-- A case is (branch, normalised number).
CREATE TABLE cases (
    id             uuid PRIMARY KEY,
    branch         uuid NOT NULL REFERENCES organisations,
    number         text NOT NULL,     -- normalised
    number_typed   text NOT NULL,
    archive_number text NOT NULL DEFAULT '',
    subject_ct     bytea,
    created_at     timestamptz NOT NULL DEFAULT hub_now(),
    CONSTRAINT cases_number_key UNIQUE (branch, number)
);
CREATE INDEX cases_number ON cases (number);

CREATE SEQUENCE notice_numbers;

CREATE TABLE notices (
    id         uuid PRIMARY KEY,
    number     text NOT NULL,
    reference  text NOT NULL,
    submitter  uuid NOT NULL,
    case_id    uuid NOT NULL,
    kind       text NOT NULL,
    capacity   text NOT NULL,
    recipient  uuid NOT NULL,
    subject_ct bytea NOT NULL,
    body_ct    bytea,
    documents  uuid[] NOT NULL DEFAULT '{}',
    parts      jsonb NOT NULL DEFAULT '{}', -- SHA-256 of each part as accepted; the receipts of the paper repeat them
    channels   text[] NOT NULL,
    priority   text NOT NULL CHECK (priority IN ('urgent', 'normal', 'bulk')),
    not_before timestamptz,
    expires_at timestamptz CHECK (expires_at > not_before),
    hearing_at timestamptz,
    corrects   uuid,
    created_at timestamptz NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX notices_case ON notices (case_id, recipient);
CREATE INDEX notices_submitter ON notices (submitter, id);

-- Unpartitioned, for (submitter, reference) is unique for ever. request lets a retry of the same call find its notice
-- when the first answer was lost.
CREATE TABLE notice_refs (
    submitter uuid NOT NULL,
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 200),
    notice    uuid NOT NULL,
    request   bytea,
    PRIMARY KEY (submitter, reference)
);

-- Which notice corrects which. Unpartitioned, for a notice is corrected once: what follows corrects the correction. A
-- correction that is withdrawn or expires before it arrives gives its place back.
CREATE TABLE corrections (
    corrects uuid PRIMARY KEY,
    notice   uuid NOT NULL UNIQUE,
    CHECK (corrects <> notice)
);
CREATE TRIGGER corrections_fixed BEFORE UPDATE ON corrections
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER corrections_no_truncate BEFORE TRUNCATE ON corrections
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
