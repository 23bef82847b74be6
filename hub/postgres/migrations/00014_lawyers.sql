-- +goose Up
-- A judge reads what the branch served; an office's manager does what its clerks do.
ALTER TABLE grants DROP CONSTRAINT grants_role_check, DROP CONSTRAINT grants_check;
ALTER TABLE grants ADD CONSTRAINT grants_role CHECK (role IN ('lawyer', 'court_clerk', 'judge', 'office_clerk',
    'office_manager', 'service_officer', 'operator', 'auditor', 'admin'));
ALTER TABLE grants ADD CONSTRAINT grants_place CHECK (
    (role IN ('court_clerk', 'judge', 'office_clerk', 'office_manager', 'service_officer')) = (organisation IS NOT NULL));

-- Who named a representative first was their only one, and a manager. Somebody must be able to appoint: an owner.
ALTER TABLE representatives ADD COLUMN appointed_by uuid, ADD COLUMN ended_by uuid,
    ADD CONSTRAINT representatives_two CHECK (legal_person <> person);
UPDATE representatives r SET role = 'owner' FROM (
    SELECT DISTINCT ON (legal_person) id FROM representatives a WHERE ended_at IS NULL AND NOT EXISTS (
        SELECT FROM representatives b WHERE b.legal_person = a.legal_person AND b.role = 'owner' AND b.ended_at IS NULL)
    ORDER BY legal_person, created_at, id) first WHERE r.id = first.id;
CREATE INDEX representatives_legal ON representatives (legal_person, id);
CREATE TRIGGER representatives_ended_once BEFORE UPDATE ON representatives
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();

-- Powers of attorney, per case. What was in force when stays to be seen: nothing changes in a row but its end, once.
CREATE TABLE attorneys (
    id            uuid PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES cases,
    lawyer        uuid NOT NULL REFERENCES persons,
    client        uuid NOT NULL REFERENCES persons,
    scope         text NOT NULL CHECK (scope IN ('service', 'read', 'full')),
    since         timestamptz NOT NULL,
    until         timestamptz CHECK (until > since),
    organisation  uuid NOT NULL REFERENCES organisations,
    registered_by uuid NOT NULL,
    replaces      uuid REFERENCES attorneys,
    created_at    timestamptz NOT NULL DEFAULT hub_now(),
    ended_at      timestamptz,
    ended_by      uuid,
    end_reason    text CHECK (end_reason IN ('dismissed', 'resigned', 'lawyer_died', 'client_died', 'barred', 'mistaken',
                                             'expired')),
    CONSTRAINT attorneys_two CHECK (lawyer <> client),
    CONSTRAINT attorneys_end CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX attorneys_open ON attorneys (case_id, client, lawyer) WHERE ended_at IS NULL;
CREATE INDEX attorneys_lawyer ON attorneys (lawyer, case_id) WHERE ended_at IS NULL;
CREATE INDEX attorneys_case ON attorneys (case_id, id);
CREATE INDEX attorneys_client ON attorneys (client);
CREATE TRIGGER attorneys_ended_once BEFORE UPDATE ON attorneys
    FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER attorneys_kept BEFORE DELETE ON attorneys FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER attorneys_no_truncate BEFORE TRUNCATE ON attorneys
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

-- Service on counsel is a notice of its own, which names the client.
ALTER TABLE notices ADD COLUMN on_behalf_of uuid,
    ADD CONSTRAINT notices_counsel CHECK (on_behalf_of IS NULL OR capacity = 'counsel' AND on_behalf_of <> recipient);

-- Whose a case is besides its branch's: people from the first paper of it that arrived for them, and organisations that
-- handed papers in. So that a person's cases are found without going through their papers.
CREATE TABLE parties (
    party   uuid NOT NULL,
    case_id uuid NOT NULL,
    PRIMARY KEY (party, case_id)
);
INSERT INTO parties (party, case_id)
    SELECT DISTINCT i.recipient, n.case_id FROM inbox i JOIN notices n ON n.id = i.notice
    UNION SELECT DISTINCT n.submitter, n.case_id FROM notices n JOIN cases c ON c.id = n.case_id WHERE c.branch <> n.submitter;
CREATE INDEX cases_branch ON cases (branch, id);

-- D.6, once per part of a paper, who looked and on what ground.
CREATE TABLE accesses (
    notice uuid NOT NULL,
    part   uuid NOT NULL,  -- the notice itself, or one of its documents
    actor  uuid NOT NULL,
    ground text NOT NULL,
    at     timestamptz NOT NULL DEFAULT hub_now(),
    PRIMARY KEY (notice, part, actor, ground)
);
CREATE TRIGGER accesses_append_only BEFORE UPDATE OR DELETE ON accesses
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();

GRANT SELECT ON attorneys, parties TO eblagh_app;
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by, end_reason) ON attorneys TO eblagh_worker;
GRANT SELECT, INSERT ON parties, accesses TO eblagh_worker;
ALTER TABLE attorneys ENABLE ROW LEVEL SECURITY;
ALTER TABLE parties ENABLE ROW LEVEL SECURITY;
ALTER TABLE accesses ENABLE ROW LEVEL SECURITY;

-- Whose papers the principal means: those of the legal person that they act for, as long as they represent it; else
-- their own.
-- +goose StatementBegin
CREATE FUNCTION hub_addressee() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    legal uuid := nullif(current_setting('eblagh.acting_for', true), '')::uuid;
BEGIN
    IF legal IS NULL THEN
        RETURN hub_person();
    END IF;
    RETURN (SELECT r.legal_person FROM representatives r
        WHERE r.person = hub_person() AND r.legal_person = legal AND r.ended_at IS NULL);
END $$;

-- The powers of attorney of the principal at this moment. Nobody is counsel while they act for a legal person.
CREATE FUNCTION hub_counsel() RETURNS TABLE (case_id uuid, client uuid, reads boolean) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    now timestamptz := hub_now();
BEGIN
    IF NOT 'lawyer' = ANY (hub_roles()) OR coalesce(current_setting('eblagh.acting_for', true), '') <> '' THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT a.case_id, a.client, a.scope IN ('read', 'full') FROM attorneys a
        WHERE a.lawyer = hub_person() AND a.ended_at IS NULL AND a.since <= now AND (a.until IS NULL OR a.until > now);
END $$;

-- Whether the principal is counsel of the addressee in the case of a paper, with the scope to read.
CREATE FUNCTION hub_counsel_reads(paper uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    now timestamptz := hub_now();
BEGIN
    IF NOT 'lawyer' = ANY (hub_roles()) OR coalesce(current_setting('eblagh.acting_for', true), '') <> '' THEN
        RETURN false;
    END IF;
    RETURN EXISTS (SELECT FROM notices n JOIN attorneys a ON a.case_id = n.case_id AND a.client = n.recipient
        WHERE n.id = paper AND a.lawyer = hub_person() AND a.scope IN ('read', 'full') AND a.ended_at IS NULL
            AND a.since <= now AND (a.until IS NULL OR a.until > now));
END $$;

-- Whether a case belongs to an organisation of the principal: its branch, or who handed in papers of it.
CREATE FUNCTION hub_case_official(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    organisations uuid[] := hub_organisations();
BEGIN
    RETURN cardinality(organisations) > 0 AND (
        EXISTS (SELECT FROM cases c WHERE c.id = matter AND c.branch = ANY (organisations))
        OR EXISTS (SELECT FROM parties p WHERE p.party = ANY (organisations) AND p.case_id = matter));
END $$;

CREATE OR REPLACE FUNCTION hub_case_known(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    addressee uuid := hub_addressee();
BEGIN
    RETURN addressee IS NOT NULL AND EXISTS (SELECT FROM parties p WHERE p.party = addressee AND p.case_id = matter)
        OR hub_case_official(matter)
        OR EXISTS (SELECT FROM hub_counsel() c WHERE c.case_id = matter);
END $$;

CREATE OR REPLACE FUNCTION hub_opened_documents() RETURNS SETOF uuid LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    addressee uuid := hub_addressee();
BEGIN
    RETURN QUERY SELECT unnest(n.documents) FROM opens o JOIN notices n ON n.id = o.notice WHERE o.recipient = addressee;
    RETURN QUERY SELECT unnest(n.documents) FROM hub_counsel() c
        JOIN notices n ON n.case_id = c.case_id AND n.recipient = c.client JOIN opens o ON o.notice = n.id WHERE c.reads;
END $$;

-- People whose names the principal may know: whom they act for and who acts beside them there, their clients, and their
-- counsel.
CREATE FUNCTION hub_related_people() RETURNS SETOF uuid LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    person uuid := hub_person();
    addressee uuid := hub_addressee();
BEGIN
    IF person IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT r.legal_person FROM representatives r WHERE r.person = hub_person() AND r.ended_at IS NULL;
    RETURN QUERY SELECT r.person FROM representatives r WHERE r.legal_person = addressee;
    RETURN QUERY SELECT c.client FROM hub_counsel() c;
    RETURN QUERY SELECT a.lawyer FROM attorneys a WHERE a.client = addressee;
END $$;

-- Records that somebody other than the addressee in person has read what the addressee opened: EN 319 522-1 D.6. The
-- app role writes no receipt but by this.
CREATE FUNCTION hub_note_access(receipt uuid, paper uuid, looked_at uuid, by_kind text, on_ground text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO accesses (notice, part, actor, ground)
        SELECT o.notice, looked_at, hub_person(), on_ground FROM opens o WHERE o.notice = paper
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, channel,
            details)
        SELECT receipt, 'ContentAccessTracking', hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity, by_kind,
            hub_person(), 'session', 'inbox', jsonb_build_object('ground', on_ground)
                || CASE WHEN looked_at = n.id THEN jsonb_build_object('parts', n.parts)
                    ELSE jsonb_build_object('document', looked_at) END
        FROM notices n WHERE n.id = paper;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_addressee, hub_counsel, hub_counsel_reads, hub_case_official, hub_related_people,
    hub_note_access FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_addressee, hub_counsel, hub_counsel_reads, hub_case_official, hub_related_people,
    hub_note_access TO eblagh_app;

DROP POLICY read ON persons;
CREATE POLICY read ON persons FOR SELECT TO eblagh_app USING (
    id = (SELECT hub_person()) OR id = (SELECT hub_addressee())
    OR (SELECT hub_roles()) && ARRAY['office_clerk', 'office_manager', 'admin', 'court_clerk']
    OR id IN (SELECT hub_related_people()));
DROP POLICY read ON contacts;
CREATE POLICY read ON contacts FOR SELECT TO eblagh_app USING (
    person = (SELECT hub_person()) OR person = (SELECT hub_addressee())
    OR (SELECT hub_roles()) && ARRAY['office_clerk', 'office_manager', 'admin']);
DROP POLICY read ON representatives;
CREATE POLICY read ON representatives FOR SELECT TO eblagh_app USING (
    person = (SELECT hub_person()) OR legal_person = (SELECT hub_addressee())
    OR (SELECT hub_roles()) && ARRAY['office_clerk', 'office_manager', 'admin']);

-- The parties of a case and those at its branch and office know its powers of attorney; opponents do not.
CREATE POLICY read ON attorneys FOR SELECT TO eblagh_app USING (
    lawyer = (SELECT hub_person()) OR client = (SELECT hub_addressee()) OR hub_case_official(case_id));
CREATE POLICY read ON parties FOR SELECT TO eblagh_app USING (
    party = (SELECT hub_addressee()) OR party = ANY ((SELECT hub_organisations())::uuid[]));

-- Papers: besides submitter and addressee, the addressee's counsel, from the arrival on. Content is for the queries to
-- hold back until E.1, as it is from the addressee; its documents, and what happened to it, are not there before.
DROP POLICY read ON notices;
CREATE POLICY read ON notices FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR recipient = (SELECT hub_addressee()) AND hub_arrived(recipient, id)
    OR hub_counsel_reads(id) AND hub_arrived(recipient, id));
DROP POLICY read ON inbox;
CREATE POLICY read ON inbox FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_addressee())
    OR submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR hub_counsel_reads(notice));
DROP POLICY read ON inbox_cursors;
CREATE POLICY read ON inbox_cursors FOR SELECT TO eblagh_app USING (recipient = (SELECT hub_addressee()));
DROP POLICY read ON opens;
CREATE POLICY read ON opens FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_addressee())
    OR submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR hub_counsel_reads(notice));
DROP POLICY read ON deliveries;
CREATE POLICY read ON deliveries FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[]) OR recipient = (SELECT hub_addressee())
    OR (SELECT hub_roles()) && ARRAY['operator', 'auditor', 'admin']);
DROP POLICY read ON receipts;
CREATE POLICY read ON receipts FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_addressee()) AND hub_arrived(recipient, notice)
    OR (SELECT hub_roles()) && ARRAY['auditor']
    OR submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR hub_counsel_reads(notice) AND EXISTS (SELECT FROM opens o WHERE o.notice = receipts.notice));
