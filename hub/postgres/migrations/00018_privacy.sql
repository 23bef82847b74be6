-- +goose Up
-- What this database says of the keys of its key file; every process follows it. Key material is never here. A coming key
-- is being distributed, a primary one seals and is in every index, an old one opens and is still in every index, under a
-- retired one nothing is written any more. Each index key fills one of two columns of every index.
CREATE TABLE vault_keys (
    kind        text NOT NULL CHECK (kind IN ('seal', 'index')),
    id          bigint NOT NULL CHECK (id BETWEEN 0 AND 4294967295),
    slot        smallint CHECK (slot IN (0, 1)),
    state       text NOT NULL CHECK (state IN ('coming', 'primary', 'old', 'retired')),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 8),
    changed_at  timestamptz NOT NULL DEFAULT hub_now(),
    changed_in  xid8 NOT NULL DEFAULT pg_current_xact_id(), -- so that what was under way then can be waited for
    PRIMARY KEY (kind, id),
    CONSTRAINT vault_keys_slotted CHECK ((kind = 'index') = (slot IS NOT NULL))
);
CREATE UNIQUE INDEX vault_keys_primary ON vault_keys (kind) WHERE state = 'primary';
CREATE UNIQUE INDEX vault_keys_coming ON vault_keys (kind) WHERE state = 'coming';
CREATE UNIQUE INDEX vault_keys_slot ON vault_keys (slot);

-- The processes that hold the key file, and which keys they have said they hold and seal with.
CREATE TABLE vault_nodes (
    id      uuid PRIMARY KEY,
    name    text NOT NULL CHECK (length(name) <= 200),
    seals   bigint[] NOT NULL,
    indexes bigint[] NOT NULL,
    primary_seal bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT hub_now()
);

-- How far each table has come under the primary keys. The row is the lock of who works at it.
CREATE TABLE vault_progress (
    name     text PRIMARY KEY,
    cursor   text[],                        -- the last row looked at; NULL: none yet
    rows     bigint NOT NULL DEFAULT 0,     -- rewritten
    failed   bigint NOT NULL DEFAULT 0,     -- do not open
    first_failed text NOT NULL DEFAULT '',
    done_at  timestamptz
);

-- Both columns are unique, and as partial indexes, so that filling one does not lock out those who refer to the person.
ALTER TABLE persons ADD COLUMN national_id_index_b bytea;
ALTER TABLE persons ALTER COLUMN national_id_index DROP NOT NULL;
ALTER TABLE persons DROP CONSTRAINT persons_national_id_key;
CREATE UNIQUE INDEX persons_national_id_key ON persons (national_id_index) WHERE national_id_index IS NOT NULL;
CREATE UNIQUE INDEX persons_national_id_b_key ON persons (national_id_index_b) WHERE national_id_index_b IS NOT NULL;
ALTER TABLE persons ADD CONSTRAINT persons_indexed CHECK (num_nonnulls(national_id_index, national_id_index_b) > 0);

ALTER TABLE contacts ADD COLUMN mobile_index_b bytea;
ALTER TABLE contacts DROP CONSTRAINT contacts_check1;
ALTER TABLE contacts ADD CONSTRAINT contacts_indexed
    CHECK ((mobile_ct IS NULL) = (num_nonnulls(mobile_index, mobile_index_b) = 0));
CREATE INDEX contacts_mobile_b ON contacts (mobile_index_b) WHERE until IS NULL;

-- Nobody is enrolled by a process that does not hold every index key in use: it could not see who is enrolled already. What
-- a retired key made is not written again.
-- +goose StatementBegin
CREATE FUNCTION hub_keep_indexes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    used boolean[] := ARRAY[NULL, NULL]; gone boolean[]; k record;
BEGIN
    FOR k IN SELECT slot, state FROM vault_keys WHERE kind = 'index' LOOP
        gone := coalesce(gone, ARRAY[true, true]); -- what no key fills is left empty, once keys are named at all
        used[k.slot + 1] := k.state IN ('primary', 'old');
        gone[k.slot + 1] := k.state = 'retired';
    END LOOP;
    IF TG_TABLE_NAME = 'contacts' THEN
        IF gone[1] THEN NEW.mobile_index := NULL; END IF;
        IF gone[2] THEN NEW.mobile_index_b := NULL; END IF;
        RETURN NEW;
    END IF;
    IF gone[1] THEN NEW.national_id_index := NULL; END IF;
    IF gone[2] THEN NEW.national_id_index_b := NULL; END IF;
    IF TG_OP = 'INSERT' AND (used[1] AND NEW.national_id_index IS NULL OR used[2] AND NEW.national_id_index_b IS NULL) THEN
        RAISE EXCEPTION 'this process does not hold the index key in use'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vault_keys_held';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_indexes BEFORE INSERT OR UPDATE ON persons FOR EACH ROW EXECUTE FUNCTION hub_keep_indexes();
CREATE TRIGGER contacts_indexes BEFORE INSERT OR UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION hub_keep_indexes();

-- Whether any of these ciphertexts was made under a retired key.
CREATE FUNCTION hub_sealed_retired(VARIADIC sealed bytea[]) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM vault_keys WHERE kind = 'seal' AND state = 'retired'
        AND decode('01' || lpad(to_hex(id), 8, '0'), 'hex') = ANY (SELECT substring(s FOR 5) FROM unnest(sealed) s))
$$;

-- Refuses what was sealed under a retired key, so that a process which slept through a rotation cannot leave anything
-- behind that nobody will be able to open. Of papers the intake asks for itself: such a trigger would slow down COPY.
CREATE FUNCTION hub_refuse_retired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    used boolean; columns text;
BEGIN
    IF NOT EXISTS (SELECT FROM vault_keys WHERE kind = 'seal' AND state = 'retired') THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('%I', c), ', ') INTO columns FROM unnest(TG_ARGV) c;
    EXECUTE 'SELECT EXISTS (SELECT FROM added WHERE hub_sealed_retired(' || columns || '))' INTO used;
    IF used THEN
        RAISE EXCEPTION 'a row of % was sealed under a retired key', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vault_keys_held';
    END IF;
    RETURN NULL;
END $$;

-- Puts the guard on a table, for the columns given.
CREATE FUNCTION hub_guard_sealed(guarded text, VARIADIC columns text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    list text;
BEGIN
    SELECT string_agg(quote_literal(c), ', ') INTO list FROM unnest(columns) c;
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_retired(%s)', guarded || '_sealed_new', guarded, list);
    EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_retired(%s)', guarded || '_sealed_again', guarded, list);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_sealed_retired, hub_guard_sealed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_sealed_retired TO eblagh_worker;
-- +goose StatementBegin
DO $$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT c.table_name AS name, array_agg(c.column_name::text ORDER BY c.column_name) AS columns
        FROM information_schema.columns c JOIN pg_class r ON r.relname = c.table_name AND r.relkind IN ('r', 'p')
            AND r.relnamespace = 'public'::regnamespace AND NOT r.relispartition
        WHERE c.table_schema = 'public' AND c.column_name LIKE '%\_ct' AND c.table_name <> 'notices' GROUP BY c.table_name
    LOOP
        PERFORM hub_guard_sealed(t.name, VARIADIC t.columns);
    END LOOP;
END $$;
-- +goose StatementEnd

-- What is append-only stays so in all but the key it is sealed under: its digests are in receipts.
-- +goose StatementBegin
CREATE FUNCTION hub_refuse_change_but_sealing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD); is_now jsonb := to_jsonb(NEW); c text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        FOREACH c IN ARRAY TG_ARGV LOOP
            -- sealed anew: as long as before, and under another key
            IF was -> c <> 'null' AND is_now -> c <> 'null' AND was -> c <> is_now -> c
                AND length(was ->> c) = length(is_now ->> c) AND substr(was ->> c, 1, 12) <> substr(is_now ->> c, 1, 12) THEN
                is_now := jsonb_set(is_now, ARRAY[c], was -> c);
            END IF;
        END LOOP;
        IF was = is_now THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
DROP TRIGGER officer_returns_append_only ON officer_returns;
CREATE TRIGGER officer_returns_append_only BEFORE UPDATE OR DELETE ON officer_returns
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change_but_sealing('receiver_ct', 'place_ct', 'note_ct');
DROP TRIGGER certificates_append_only ON certificates;
CREATE TRIGGER certificates_append_only BEFORE UPDATE OR DELETE ON certificates
    FOR EACH ROW EXECUTE FUNCTION hub_refuse_change_but_sealing('pdf_ct');

GRANT SELECT, INSERT, UPDATE, DELETE ON vault_keys, vault_nodes, vault_progress TO eblagh_worker;
GRANT UPDATE (subject_ct, body_ct) ON notices TO eblagh_worker;
GRANT UPDATE (bytes_ct) ON document_bytes TO eblagh_worker;
GRANT UPDATE (receiver_ct, place_ct, note_ct) ON officer_returns TO eblagh_worker;
GRANT UPDATE (pdf_ct) ON certificates TO eblagh_worker;
ALTER TABLE vault_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_progress ENABLE ROW LEVEL SECURITY;

-- The kind of a case decides how long its papers are kept and whether it is restricted (family, minors): a word of
-- config/cases. Restricted is never taken back by a later paper.
ALTER TABLE cases ADD COLUMN kind text NOT NULL DEFAULT 'general' CHECK (length(kind) BETWEEN 1 AND 40),
    ADD COLUMN restricted boolean NOT NULL DEFAULT false;

-- Who at its branch or at an office works on a restricted case.
CREATE TABLE case_assignees (
    case_id     uuid NOT NULL REFERENCES cases,
    person      uuid NOT NULL REFERENCES persons,
    assigned_by uuid NOT NULL,
    assigned_at timestamptz NOT NULL DEFAULT hub_now(),
    PRIMARY KEY (case_id, person)
);
CREATE INDEX case_assignees_person ON case_assignees (person);

-- What must not be erased: a whole case, or one paper of it. Nothing changes in a row but its end, once.
CREATE TABLE legal_holds (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases,
    notice     uuid,                      -- NULL: every paper of the case
    reason     text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    placed_by  uuid NOT NULL,
    placed_at  timestamptz NOT NULL DEFAULT hub_now(),
    lifted_by  uuid,
    lifted_at  timestamptz CHECK (lifted_at >= placed_at),
    CONSTRAINT legal_holds_lifted CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE INDEX legal_holds_case ON legal_holds (case_id, id);
CREATE TRIGGER legal_holds_lifted_once BEFORE UPDATE ON legal_holds
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER legal_holds_kept BEFORE DELETE ON legal_holds FOR EACH ROW EXECUTE FUNCTION hub_refuse_change();
CREATE TRIGGER legal_holds_no_truncate BEFORE TRUNCATE ON legal_holds
    FOR EACH STATEMENT EXECUTE FUNCTION hub_refuse_change();

-- Nothing that is held is erased, whoever asks. The rows of the cases are the lock between a hold and an erasure: who comes
-- second sees what the first did.
-- +goose StatementBegin
CREATE FUNCTION hub_refuse_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM FROM cases c WHERE c.id IN (SELECT n.case_id FROM notices n JOIN documents d ON d.submitter = n.submitter
        WHERE d.id = NEW.document AND d.id = ANY (n.documents)) ORDER BY c.id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM documents d JOIN notices n ON n.submitter = d.submitter AND d.id = ANY (n.documents)
        JOIN legal_holds h ON h.case_id = n.case_id AND h.lifted_at IS NULL AND (h.notice IS NULL OR h.notice = n.id)
        WHERE d.id = NEW.document) THEN
        RAISE EXCEPTION 'document % is held by law', NEW.document
            USING ERRCODE = 'check_violation', CONSTRAINT = 'legal_holds_held';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION hub_lock_held() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM FROM cases c WHERE c.id = NEW.case_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER erasures_not_held BEFORE INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION hub_refuse_held();
CREATE TRIGGER legal_holds_lock BEFORE INSERT ON legal_holds FOR EACH ROW EXECUTE FUNCTION hub_lock_held();

-- Contacts and codes that are over lose what they say, and stay as rows: others refer to them.
ALTER TABLE contacts ADD COLUMN erased_at timestamptz CHECK (erased_at IS NULL OR until IS NOT NULL AND mobile_ct IS NULL
    AND email_ct IS NULL AND address_ct IS NULL);
CREATE INDEX contacts_over ON contacts (until) WHERE until IS NOT NULL AND erased_at IS NULL;
CREATE INDEX challenges_over ON challenges (expires_at)
    WHERE mobile_ct IS NOT NULL OR payload_ct IS NOT NULL OR subject IS NOT NULL;

-- Copies of one's own data that somebody asked for. What is in them is made as it is taken, and kept nowhere.
CREATE TABLE exports (
    id         uuid PRIMARY KEY,
    person     uuid NOT NULL REFERENCES persons,
    asked_at   timestamptz NOT NULL DEFAULT hub_now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > asked_at),
    taken_at   timestamptz,
    ended_at   timestamptz,              -- all of it left
    CONSTRAINT exports_ended CHECK (ended_at IS NULL OR taken_at IS NOT NULL)
);
CREATE INDEX exports_person ON exports (person, asked_at);

GRANT SELECT, INSERT, UPDATE ON exports TO eblagh_worker;
GRANT SELECT, INSERT, DELETE ON case_assignees TO eblagh_worker;
GRANT SELECT, INSERT, UPDATE (lifted_by, lifted_at) ON legal_holds TO eblagh_worker;
GRANT SELECT ON exports, case_assignees, legal_holds TO eblagh_app;
ALTER TABLE exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE case_assignees ENABLE ROW LEVEL SECURITY;
ALTER TABLE legal_holds ENABLE ROW LEVEL SECURITY;

-- Of a restricted case its organisations' people see it who are assigned to it, and the judges of its branch; their own
-- systems do as well. Who only reads for a legal person does not.
-- +goose StatementBegin
CREATE FUNCTION hub_case_staffed(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN NOT EXISTS (SELECT FROM cases c WHERE c.id = matter AND c.restricted)
        OR hub_person() IS NULL
        OR EXISTS (SELECT FROM case_assignees a WHERE a.case_id = matter AND a.person = hub_person())
        OR 'judge' = ANY (hub_roles()) AND EXISTS (SELECT FROM cases c WHERE c.id = matter AND c.branch = ANY (hub_organisations()));
END $$;
CREATE FUNCTION hub_case_unbarred(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    legal uuid := nullif(current_setting('eblagh.acting_for', true), '')::uuid;
BEGIN
    RETURN legal IS NULL OR NOT EXISTS (SELECT FROM cases c WHERE c.id = matter AND c.restricted)
        OR EXISTS (SELECT FROM representatives r WHERE r.person = hub_person() AND r.legal_person = legal
            AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > hub_now()) AND r.role <> 'reader');
END $$;
CREATE OR REPLACE FUNCTION hub_case_official(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    organisations uuid[] := hub_organisations();
BEGIN
    RETURN cardinality(organisations) > 0 AND (
        EXISTS (SELECT FROM cases c WHERE c.id = matter AND c.branch = ANY (organisations))
        OR EXISTS (SELECT FROM parties p WHERE p.party = ANY (organisations) AND p.case_id = matter))
        AND hub_case_staffed(matter);
END $$;
CREATE OR REPLACE FUNCTION hub_case_known(matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public AS $$
DECLARE
    addressee uuid := hub_addressee();
BEGIN
    RETURN addressee IS NOT NULL AND EXISTS (SELECT FROM parties p WHERE p.party = addressee AND p.case_id = matter)
            AND hub_case_unbarred(matter)
        OR hub_case_official(matter)
        OR EXISTS (SELECT FROM hub_counsel() c WHERE c.case_id = matter);
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION hub_case_staffed, hub_case_unbarred FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_case_staffed, hub_case_unbarred TO eblagh_app;

CREATE POLICY read ON exports FOR SELECT TO eblagh_app USING (person = (SELECT hub_person()));
CREATE POLICY read ON case_assignees FOR SELECT TO eblagh_app USING (hub_case_official(case_id));
CREATE POLICY read ON legal_holds FOR SELECT TO eblagh_app USING (hub_case_official(case_id));
DROP POLICY read ON cases;
CREATE POLICY read ON cases FOR SELECT TO eblagh_app USING (hub_case_known(id));
DROP POLICY read ON notices;
CREATE POLICY read ON notices FOR SELECT TO eblagh_app USING (
    submitter = ANY ((SELECT hub_organisations())::uuid[]) AND hub_case_staffed(case_id)
    OR recipient = (SELECT hub_addressee()) AND hub_arrived(recipient, id) AND hub_case_unbarred(case_id)
    OR hub_counsel_reads(id) AND hub_arrived(recipient, id));
