-- +goose Up
-- Who carries papers for a branch reads nothing else of it: the organisations of the desks and those of the officers are
-- told apart by the principal itself, so that no policy on papers can mistake one for the other.
CREATE FUNCTION hub_carries_for() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('eblagh.carries_for', true), ''), '{}')::uuid[]
$$;

DROP POLICY read ON officer_tasks;
CREATE POLICY read ON officer_tasks FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR organisation = ANY ((SELECT hub_carries_for())::uuid[]) AND recipient IS DISTINCT FROM (SELECT hub_person()));

CREATE OR REPLACE VIEW officer_papers WITH (security_barrier) AS
SELECT t.id AS task, n.id, n.number, n.kind, n.capacity, c.branch, b.name AS branch_name, i.arrived_at, p.kind AS person_kind,
    p.language, cardinality(n.documents) AS document_count,
    CASE WHEN t.state IN ('open', 'taken') THEN p.given_name_ct END AS given_name_ct,
    CASE WHEN t.state IN ('open', 'taken') THEN p.family_name_ct END AS family_name_ct,
    CASE WHEN t.state IN ('open', 'taken') THEN p.name_ct END AS name_ct,
    CASE WHEN t.state IN ('open', 'taken') THEN a.address_ct END AS address_ct,
    CASE WHEN m.carries THEN n.subject_ct END AS subject_ct,
    CASE WHEN m.carries THEN n.body_ct END AS body_ct,
    CASE WHEN m.carries THEN n.hearing_at END AS hearing_at,
    CASE WHEN m.carries THEN n.documents ELSE '{}' END AS documents,
    CASE WHEN m.carries THEN c.id END AS case_id,
    CASE WHEN m.carries THEN c.number_typed ELSE '' END AS case_number,
    CASE WHEN m.carries THEN c.archive_number ELSE '' END AS archive_number,
    m.carries
FROM officer_tasks t
    CROSS JOIN LATERAL (SELECT t.state = 'taken' AND t.taken_by = hub_person() AS carries) m
    JOIN notices n ON n.id = t.notice
    JOIN cases c ON c.id = n.case_id
    JOIN organisations b ON b.id = c.branch
    JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
    JOIN persons p ON p.id = t.recipient
    LEFT JOIN contacts a ON a.person = t.recipient AND a.until IS NULL
WHERE t.organisation = ANY (hub_carries_for()) AND t.recipient IS DISTINCT FROM hub_person();

CREATE OR REPLACE VIEW officer_documents WITH (security_barrier) AS
SELECT t.id AS task, d.id, d.submitter, d.sha256, d.size, d.media_type, d.file_name_ct, d.created_at,
    array_position(n.documents, d.id) AS position
FROM officer_tasks t JOIN notices n ON n.id = t.notice JOIN documents d ON d.id = ANY (n.documents)
WHERE t.state = 'taken' AND t.taken_by = hub_person() AND t.organisation = ANY (hub_carries_for())
    AND t.recipient IS DISTINCT FROM hub_person();
