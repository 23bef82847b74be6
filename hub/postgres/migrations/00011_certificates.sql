-- +goose Up
-- Certificates that were issued. The paper names people, so it is ciphertext; the digest of its unsigned body is in its
-- receipt as well, and sealed with that.
CREATE TABLE certificates (
    id          uuid PRIMARY KEY,
    said        text NOT NULL CHECK (length(said) = 32), -- what it says, whenever it says it
    notice      uuid NOT NULL,
    language    text NOT NULL CHECK (language IN ('fa', 'en')),
    template    text NOT NULL,
    body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
    body_size   bigint NOT NULL CHECK (body_size > 0),
    pdf_ct      bytea NOT NULL,
    receipt     uuid NOT NULL UNIQUE,
    issued_at   timestamptz NOT NULL DEFAULT hub_now(),
    CONSTRAINT certificates_once UNIQUE (said)
);
ALTER TABLE certificates ALTER COLUMN pdf_ct SET STORAGE EXTERNAL;
CREATE INDEX certificates_notice ON certificates (notice);
CREATE TRIGGER certificates_append_only BEFORE UPDATE OR DELETE ON certificates
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER certificates_no_truncate BEFORE TRUNCATE ON certificates
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
-- Who may have one is decided where papers are read; the app role never touches them.
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON certificates TO eblagh_worker;

-- Bytes that were deleted by law. The document's row, with its digest, and all receipts stay.
CREATE TABLE erasures (
    document  uuid PRIMARY KEY REFERENCES documents,
    basis     text NOT NULL CHECK (length(basis) BETWEEN 1 AND 500),
    receipt   uuid NOT NULL UNIQUE, -- the first of its receipts: each notice that carries the document has one
    erased_at timestamptz NOT NULL DEFAULT hub_now()
);
CREATE TRIGGER erasures_append_only BEFORE UPDATE OR DELETE ON erasures
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER erasures_no_truncate BEFORE TRUNCATE ON erasures
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();
-- Once erased, the same bytes do not come back unnoticed.
-- +goose StatementBegin
CREATE FUNCTION hub_refuse_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF EXISTS (SELECT FROM erasures e WHERE e.document = NEW.document) THEN
        RAISE EXCEPTION 'the bytes of document % were erased by law', NEW.document
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_bytes_erased';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER document_bytes_erased BEFORE INSERT ON document_bytes
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_erased();
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON erasures TO eblagh_worker;
