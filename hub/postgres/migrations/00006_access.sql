-- +goose Up
-- The app role reads, under row-level security, and writes nothing but what it looked at. A forgotten check in a
-- handler leaks nothing.
GRANT SELECT ON organisations, persons, contacts, representatives, grants, documents, document_bytes, cases, notices,
    notice_refs, corrections, deliveries, attempts, holds, inbox, inbox_cursors, opens, receipts TO eblagh_app;
GRANT INSERT ON looks TO eblagh_app;

GRANT SELECT ON instance TO eblagh_worker, eblagh_app;
GRANT UPDATE (vault) ON instance TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE ON organisations, persons, representatives, contacts, grants, challenges, api_keys,
    incidents, documents, cases, deliveries, attempts, reports, inbox_cursors TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, idempotency_keys, timers TO eblagh_worker;
GRANT SELECT, INSERT, DELETE ON corrections, document_bytes, ledger_queue TO eblagh_worker;
GRANT SELECT, INSERT ON notices, notice_refs, inbox, opens, receipts, looks TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE (released_by, released_at) ON holds TO eblagh_worker;
GRANT USAGE ON SEQUENCE notice_numbers TO eblagh_worker;
GRANT EXECUTE ON FUNCTION hub_make_partitions TO eblagh_worker;

ALTER TABLE persons ENABLE ROW LEVEL SECURITY;
ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE representatives ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_bytes ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_refs ENABLE ROW LEVEL SECURITY;
ALTER TABLE corrections ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE inbox_cursors ENABLE ROW LEVEL SECURITY;
ALTER TABLE opens ENABLE ROW LEVEL SECURITY;
ALTER TABLE receipts ENABLE ROW LEVEL SECURITY;

-- People: oneself; offices and admins enrol and look up; a court sees the addressees of its notices through them.
CREATE POLICY read ON persons FOR SELECT TO eblagh_app USING (
    id = (SELECT hub_person()) OR (SELECT hub_roles()) && ARRAY['office_clerk', 'admin', 'court_clerk']);
CREATE POLICY read ON contacts FOR SELECT TO eblagh_app USING (
    person = (SELECT hub_person()) OR (SELECT hub_roles()) && ARRAY['office_clerk', 'admin']);
CREATE POLICY read ON representatives FOR SELECT TO eblagh_app USING (
    person = (SELECT hub_person()) OR legal_person = (SELECT hub_person())
    OR (SELECT hub_roles()) && ARRAY['office_clerk', 'admin']);
CREATE POLICY read ON grants FOR SELECT TO eblagh_app USING (
    person = (SELECT hub_person()) OR (SELECT hub_roles()) && ARRAY['admin']);

-- What the policies on papers ask. Past row-level security, so that one policy does not plan and run those of the tables
-- it looks into; each answers about the principal alone, or with yes or no.
-- +goose StatementBegin
CREATE FUNCTION hub_arrived(addressee uuid, paper uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN EXISTS (SELECT FROM inbox i WHERE i.recipient = addressee AND i.notice = paper);
END $$;
CREATE FUNCTION hub_case_known(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    person uuid := hub_person();
    organisations uuid[] := hub_organisations();
BEGIN
    RETURN person IS NOT NULL AND EXISTS (
            SELECT FROM notices n JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
            WHERE n.case_id = matter AND n.recipient = person)
        OR cardinality(organisations) > 0 AND EXISTS (
            SELECT FROM notices n WHERE n.case_id = matter AND n.submitter = ANY (organisations));
END $$;
CREATE FUNCTION hub_opened_documents() RETURNS SETOF uuid LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN QUERY SELECT unnest(n.documents) FROM opens o JOIN notices n ON n.id = o.notice
        WHERE o.recipient = hub_person();
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_arrived, hub_case_known, hub_opened_documents FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_arrived, hub_case_known, hub_opened_documents TO eblagh_app;

-- Papers: the submitter's own, and the addressee's once they arrived; content only once opened.
CREATE POLICY read ON notices FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR recipient = (SELECT hub_person()) AND hub_arrived(recipient, id));
CREATE POLICY read ON notice_refs FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[]));
-- That a paper was corrected shows to who may see the correction: to the addressee not before it has arrived.
CREATE POLICY read ON corrections FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM notices n WHERE n.id = corrections.notice));
CREATE POLICY read ON cases FOR SELECT TO eblagh_app USING (
    branch = ANY ((SELECT hub_organisations())::uuid[])
    OR hub_case_known(id));
CREATE POLICY read ON documents FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR id IN (SELECT hub_opened_documents()));
CREATE POLICY read ON document_bytes FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM documents d WHERE d.id = document_bytes.document));
CREATE POLICY read ON inbox FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_person())
    OR submitter = ANY ((SELECT hub_organisations())::uuid[]));
CREATE POLICY read ON inbox_cursors FOR SELECT TO eblagh_app USING (recipient = (SELECT hub_person()));
CREATE POLICY read ON opens FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_person())
    OR submitter = ANY ((SELECT hub_organisations())::uuid[]));

-- Transport: of one's own notices; who watches the lanes sees how all deliveries stand, without a paper.
CREATE POLICY read ON deliveries FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[]) OR recipient = (SELECT hub_person())
    OR (SELECT hub_roles()) && ARRAY['operator', 'auditor', 'admin']);
CREATE POLICY read ON holds FOR SELECT TO eblagh_app USING (
    (SELECT hub_roles()) && ARRAY['operator', 'auditor', 'admin']);
CREATE POLICY read ON attempts FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM deliveries d WHERE d.id = attempts.delivery));
CREATE POLICY read ON receipts FOR SELECT TO eblagh_app USING (
    recipient = (SELECT hub_person()) AND hub_arrived(recipient, notice)
    OR (SELECT hub_roles()) && ARRAY['auditor']
    OR submitter = ANY ((SELECT hub_organisations())::uuid[]));
GRANT SELECT ON goose_db_version TO eblagh_app, eblagh_worker;
