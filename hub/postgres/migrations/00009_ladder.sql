-- +goose Up
-- A timer of kind ladder is the rung that a notice waits for. It is marked as fired also when it fires into nothing:
-- stopped then says why.
ALTER TABLE timers DROP CONSTRAINT timers_kind_check,
    ADD CONSTRAINT timers_kind_check CHECK (kind IN ('expire', 'ladder')),
    ADD COLUMN ladder text,
    ADD COLUMN rung text,
    ADD COLUMN stopped text,
    ADD CONSTRAINT timers_rung CHECK ((kind = 'ladder') = (rung IS NOT NULL AND ladder IS NOT NULL)),
    ADD CONSTRAINT timers_stopped CHECK (stopped IS NULL OR fired_at IS NOT NULL);
CREATE INDEX timers_due_of_kind ON timers (kind, due_at) WHERE fired_at IS NULL;
DROP INDEX timers_due;
CREATE UNIQUE INDEX timers_rung_once ON timers (notice, rung) WHERE kind = 'ladder';

-- The rungs that a notice has climbed beyond its arrival, each once.
CREATE TABLE rungs (
    notice   uuid NOT NULL,
    name     text NOT NULL,
    ladder   text NOT NULL,
    at       timestamptz NOT NULL,
    delivery uuid,              -- the text that it sent
    task     uuid,              -- the officer's task that it made
    reason   text,              -- why it could do neither
    PRIMARY KEY (notice, name),
    CONSTRAINT rungs_effect CHECK (num_nonnulls(delivery, task, reason) = 1)
);
CREATE TRIGGER rungs_append_only BEFORE UPDATE OR DELETE ON rungs FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER rungs_no_truncate BEFORE TRUNCATE ON rungs FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

-- A paper that an officer of a branch carries to its addressee. open ─► taken ─► returned, or withdrawn before the return.
CREATE TABLE officer_tasks (
    id           uuid PRIMARY KEY,
    notice       uuid NOT NULL,
    organisation uuid NOT NULL REFERENCES organisations,
    submitter    uuid NOT NULL,
    recipient    uuid NOT NULL REFERENCES persons,
    contact      uuid NOT NULL REFERENCES contacts,  -- the address in force when it was handed over
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'returned', 'withdrawn')),
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL CHECK (due_at >= created_at),
    taken_by     uuid REFERENCES persons,
    taken_at     timestamptz,
    returned_at  timestamptz,
    withdrawn_at timestamptz,
    reason       text NOT NULL DEFAULT '',           -- why it was withdrawn
    CONSTRAINT officer_tasks_once UNIQUE (notice),
    CONSTRAINT officer_tasks_taken CHECK ((taken_by IS NULL) = (taken_at IS NULL)
        AND (state NOT IN ('taken', 'returned') OR taken_at IS NOT NULL) AND (state <> 'open' OR taken_at IS NULL)),
    CONSTRAINT officer_tasks_returned CHECK ((state = 'returned') = (returned_at IS NOT NULL)),
    CONSTRAINT officer_tasks_withdrawn CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)
        AND (state = 'withdrawn') = (reason <> ''))
);
CREATE INDEX officer_tasks_of ON officer_tasks (organisation, state, id);
CREATE INDEX grants_officers ON grants (organisation) WHERE role = 'service_officer' AND revoked_at IS NULL;

-- +goose StatementBegin
CREATE FUNCTION hub_refuse_task_backward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'officer''s task %: % cannot become %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'officer_tasks_forward';
END $$;
-- +goose StatementEnd
CREATE TRIGGER officer_tasks_forward BEFORE UPDATE ON officer_tasks FOR EACH ROW
    WHEN (OLD.state IN ('returned', 'withdrawn') OR OLD.state = 'taken' AND NEW.state = 'open')
    EXECUTE FUNCTION hub_refuse_task_backward();
CREATE TRIGGER officer_tasks_kept BEFORE DELETE ON officer_tasks FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER officer_tasks_no_truncate BEFORE TRUNCATE ON officer_tasks
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

-- What officers report (CPC 67–83). A return is final; one that corrects another names it.
CREATE TABLE officer_returns (
    id          uuid PRIMARY KEY,
    task        uuid NOT NULL REFERENCES officer_tasks,
    corrects    uuid REFERENCES officer_returns,
    officer     uuid NOT NULL REFERENCES persons,
    outcome     text NOT NULL CHECK (outcome IN ('to_person', 'to_household', 'to_manager', 'to_secretariat', 'refused',
                                                 'affixed', 'not_found', 'moved')),
    relation    text NOT NULL,
    receiver_ct bytea,
    place_ct    bytea NOT NULL,
    note_ct     bytea,
    served_at   timestamptz NOT NULL,
    date_words  text NOT NULL CHECK (date_words <> ''),
    created_at  timestamptz NOT NULL CHECK (created_at >= served_at),
    request     bytea,
    CONSTRAINT officer_returns_corrected_once UNIQUE (corrects),
    CONSTRAINT officer_returns_self CHECK (corrects <> id)
);
CREATE UNIQUE INDEX officer_returns_once ON officer_returns (task) WHERE corrects IS NULL;
CREATE INDEX officer_returns_task ON officer_returns (task, id);
CREATE TRIGGER officer_returns_append_only BEFORE UPDATE OR DELETE ON officer_returns
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER officer_returns_no_truncate BEFORE TRUNCATE ON officer_returns
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

GRANT SELECT, INSERT ON rungs, officer_returns TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE ON officer_tasks TO eblagh_worker;
GRANT SELECT ON timers, rungs, officer_tasks, officer_returns TO eblagh_app;

-- The submitter's side follows the ladder of its notices, the task and its returns; officers their own branch's tasks.
ALTER TABLE timers ENABLE ROW LEVEL SECURITY;
ALTER TABLE rungs ENABLE ROW LEVEL SECURITY;
ALTER TABLE officer_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE officer_returns ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON timers FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM notices n WHERE n.id = timers.notice AND n.submitter = ANY ((SELECT hub_organisations())::uuid[])));
CREATE POLICY read ON rungs FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM notices n WHERE n.id = rungs.notice AND n.submitter = ANY ((SELECT hub_organisations())::uuid[])));
CREATE POLICY read ON officer_tasks FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[])
    OR (SELECT hub_roles()) && ARRAY['service_officer'] AND organisation = ANY ((SELECT hub_organisations())::uuid[])
        AND recipient IS DISTINCT FROM (SELECT hub_person()));
CREATE POLICY read ON officer_returns FOR SELECT TO eblagh_app USING (
    EXISTS (SELECT FROM officer_tasks t WHERE t.id = officer_returns.task));

-- What an officer gets of a paper, column by column: the cover, and whom to bring it to while the task is in hand; what the
-- paper says only while they carry it. The views read past the policies of the tables below, and nothing but this.
CREATE VIEW officer_papers WITH (security_barrier) AS
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
WHERE hub_roles() && ARRAY['service_officer'] AND t.organisation = ANY (hub_organisations())
    AND t.recipient IS DISTINCT FROM hub_person();

CREATE VIEW officer_documents WITH (security_barrier) AS
SELECT t.id AS task, d.id, d.submitter, d.sha256, d.size, d.media_type, d.file_name_ct, d.created_at,
    array_position(n.documents, d.id) AS position
FROM officer_tasks t JOIN notices n ON n.id = t.notice JOIN documents d ON d.id = ANY (n.documents)
WHERE t.state = 'taken' AND t.taken_by = hub_person() AND hub_roles() && ARRAY['service_officer']
    AND t.organisation = ANY (hub_organisations()) AND t.recipient IS DISTINCT FROM hub_person();

GRANT SELECT ON officer_papers, officer_documents TO eblagh_app;
