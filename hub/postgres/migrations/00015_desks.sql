-- +goose Up
-- A representative can be appointed for a term.
ALTER TABLE representatives ADD COLUMN until timestamptz,
    ADD CONSTRAINT representatives_term CHECK (until > created_at);

-- +goose StatementBegin
-- Whether somebody signs in for a legal person: a representative in force who may open its papers and has an account to
-- sign in with. As long as there is none, it signs in by itself, so that nobody is locked out of their papers.
CREATE FUNCTION hub_represented(legal uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM representatives r JOIN persons p ON p.id = r.person
        WHERE r.legal_person = legal AND r.role IN ('owner', 'manager') AND r.ended_at IS NULL
            AND (r.until IS NULL OR r.until > hub_now()) AND p.activated_at IS NOT NULL)
$$;

CREATE OR REPLACE FUNCTION hub_addressee() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    legal uuid := nullif(current_setting('eblagh.acting_for', true), '')::uuid;
    now timestamptz := hub_now();
BEGIN
    IF legal IS NULL THEN
        RETURN hub_person();
    END IF;
    RETURN (SELECT r.legal_person FROM representatives r
        WHERE r.person = hub_person() AND r.legal_person = legal AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > now));
END $$;

CREATE OR REPLACE FUNCTION hub_related_people() RETURNS SETOF uuid LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    person uuid := hub_person();
    addressee uuid := hub_addressee();
    now timestamptz := hub_now();
BEGIN
    IF person IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT r.legal_person FROM representatives r
        WHERE r.person = hub_person() AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > now);
    RETURN QUERY SELECT r.person FROM representatives r WHERE r.legal_person = addressee;
    RETURN QUERY SELECT c.client FROM hub_counsel() c;
    RETURN QUERY SELECT a.lawyer FROM attorneys a WHERE a.client = addressee;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_represented FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_represented TO eblagh_worker;

-- What a lawyer calls a case that they act in: a file number of their own, which can name people, so it is ciphertext.
CREATE TABLE attorney_references (
    attorney     uuid PRIMARY KEY REFERENCES attorneys,
    reference_ct bytea, -- NULL: taken away
    updated_at   timestamptz NOT NULL DEFAULT hub_now()
);
ALTER TABLE attorney_references ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON attorney_references TO eblagh_worker;

-- The powers of attorney that the principal holds or held, newest first. Of one that ended they keep what it says on
-- itself: the case's number, the branch, the client and the term. Papers are no part of it. A lawyer has hundreds, the
-- table has everybody's.
CREATE INDEX attorneys_held ON attorneys (lawyer, id);
-- +goose StatementBegin
CREATE FUNCTION hub_held(before uuid, most int) RETURNS TABLE (id uuid, case_id uuid, client uuid, scope text,
        since timestamptz, until timestamptz, organisation uuid, registered_by uuid, created_at timestamptz, replaces uuid,
        ended_at timestamptz, end_reason text, branch uuid, branch_name text, case_number text, archive_number text,
        given_name_ct bytea, family_name_ct bytea, name_ct bytea, reference_ct bytea) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT 'lawyer' = ANY (hub_roles()) OR coalesce(current_setting('eblagh.acting_for', true), '') <> '' THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.id, a.case_id, a.client, a.scope, a.since, a.until, a.organisation, a.registered_by, a.created_at,
            a.replaces, a.ended_at, a.end_reason, c.branch, b.name, c.number_typed, c.archive_number,
            p.given_name_ct, p.family_name_ct, p.name_ct, r.reference_ct
        FROM attorneys a JOIN cases c ON c.id = a.case_id JOIN organisations b ON b.id = c.branch
            JOIN persons p ON p.id = a.client LEFT JOIN attorney_references r ON r.attorney = a.id
        WHERE a.lawyer = hub_person() AND a.id < before ORDER BY a.id DESC LIMIT most;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_held FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_held TO eblagh_app;
