package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/certificate"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/rules"
)

// fake stands in for the domain. Its zero methods panic, which a test sees as a 500.
type fake struct {
	Enroller
	Reader
	Checks
	mu        sync.Mutex
	submitted [][]dispatch.Paper
	requests  [][]byte
	drafts    bool          // papers wait for a second pair of eyes
	refuse    *hub.Error    // what Submit and Enrol answer
	running   chan struct{} // says that Submit is inside, and then lets it go on
	goOn      chan struct{} // nil: running does; two at once would let each other go on
	accepted  []string      // documents
	panics    bool
	answers   *answers
}

var (
	court = hub.ID{1}
	clerk = access.Principal{Kind: access.Key, ID: hub.ID{9}, Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: court}},
		Scopes: access.Scopes}
	admin = access.Principal{Kind: access.Key, ID: hub.ID{8}, Grants: []access.Grant{{Role: hub.RoleAdmin}}, Scopes: access.Scopes}
)

func (f *fake) Authenticate(_ context.Context, key string) (access.Principal, error) {
	switch key {
	case "ebk_test_court":
		return clerk, nil
	case "ebk_test_admin":
		return admin, nil
	case "ebk_live_court":
		return access.Principal{}, hub.Refuse(hub.CodeWrongMode, "this is a test instance")
	}
	return access.Principal{}, errUnauthorized
}

func (f *fake) Enrol(_ context.Context, _ access.Principal, n enrol.NewRecipient) (hub.Recipient, error) {
	if f.panics {
		panic("a fault of ours with 0012345679 in it")
	}
	if f.refuse != nil {
		return hub.Recipient{}, f.refuse
	}
	return hub.Recipient{ID: hub.ID{5}, Kind: n.Kind, NationalID: hub.NationalID(n.NationalID)}, nil
}

func (f *fake) BeginSignIn(context.Context, string, string, enrol.Origin) (hub.ID, error) {
	return hub.ID{7}, nil
}

func (f *fake) Submit(_ context.Context, _ access.Principal, papers []dispatch.Paper, request []byte) ([]dispatch.Result, error) {
	f.mu.Lock()
	f.submitted, f.requests = append(f.submitted, papers), append(f.requests, request)
	f.mu.Unlock()
	if f.running != nil {
		f.running <- struct{}{}
		if f.goOn != nil {
			<-f.goOn
		} else {
			<-f.running
		}
	}
	results := make([]dispatch.Result, len(papers))
	for i, p := range papers {
		if p.Reference == "" {
			results[i].Err = &hub.Error{Code: hub.CodeValidation, Fields: []hub.Field{{Pointer: "/reference", Code: "required", Detail: "this is needed"}}}
			continue
		}
		if f.drafts {
			results[i].Draft = hub.Draft{ID: hub.ID{7, byte(i)}, Submitter: court, Author: hub.ID{9}, AuthorKey: true,
				Reference: p.Reference, State: hub.DraftWaiting, CreatedAt: time.Unix(1_790_000_000, 0)}
			continue
		}
		if results[i].Err = f.refuse; f.refuse == nil {
			results[i].Notice = hub.Notice{ID: hub.ID{6, byte(i)}, Reference: p.Reference, Kind: p.Kind, CreatedAt: time.Unix(1_790_000_000, 0)}
		}
	}
	return results, nil
}

func (f *fake) Cancel(context.Context, access.Principal, hub.ID) error { return hub.ErrNotFound }

func (f *fake) Correct(context.Context, access.Principal, hub.ID, dispatch.Paper, []byte) (dispatch.Result, error) {
	return dispatch.Result{}, hub.ErrNotFound
}

func (f *fake) Replay(context.Context, access.Principal, hub.ID) (hub.Delivery, error) {
	return hub.Delivery{}, hub.ErrNotFound
}

func (f *fake) Hold(context.Context, access.Principal, dispatch.NewHold) (hub.Hold, error) {
	return hub.Hold{}, hub.ErrNotFound
}

func (f *fake) Release(context.Context, access.Principal, hub.ID) error { return hub.ErrNotFound }

func (f *fake) Open(context.Context, access.Principal, hub.ID) (hub.Notice, error) {
	return hub.Notice{}, hub.ErrNotFound
}

func (f *fake) Accept(_ context.Context, _ access.Principal, name, mediaType string, body io.Reader) (hub.Document, error) {
	n, err := io.Copy(io.Discard, body)
	f.mu.Lock()
	f.accepted = append(f.accepted, name)
	f.mu.Unlock()
	return hub.Document{ID: hub.ID{4}, Size: n, MediaType: mediaType}, err
}

func (f *fake) Issue(context.Context, access.Principal, hub.ID, string) (certificate.File, error) {
	return certificate.File{Name: "certificate.pdf", Said: "said", PDF: []byte("%PDF-1.7")}, f.refusal()
}

func (f *fake) refusal() error {
	if f.refuse == nil {
		return nil
	}
	return f.refuse
}

func (f *fake) Evaluate(profile string, _ rules.Facts) hub.Service {
	return hub.Service{Status: hub.ServicePending, Rule: profile, RuleVersion: "1"}
}

// sealed is a vault for tests of the wire: it marks, and does not hide.
type sealed struct{}

func (sealed) Seal(plain []byte, context string) []byte { return append([]byte(context+"|"), plain...) }

func (sealed) Index(kind, value string) []byte {
	sum := sha256.Sum256([]byte(kind + value))
	return sum[:]
}

func (s sealed) Marked(kind, value string, mark []byte) bool {
	return bytes.Equal(mark, s.Index(kind, value)[:16])
}

func (sealed) Open(ct []byte, context string) ([]byte, error) {
	return bytes.TrimPrefix(ct, []byte(context+"|")), nil
}

func (f *fake) SubmitOnce(ctx context.Context, p access.Principal, paper dispatch.Paper, key dispatch.Key) (dispatch.Result, bool, error) {
	if state, _, _, _ := f.answers.FindIdempotent(ctx, key.Owner, key.Key, key.Request); state != hub.IdempotencyFresh {
		return dispatch.Result{}, false, dispatch.ErrKeyTaken
	}
	results, err := f.Submit(ctx, p, []dispatch.Paper{paper}, key.Request)
	if err != nil || results[0].Err != nil || !results[0].Draft.ID.IsZero() {
		return results[0], false, err
	}
	status, sealed := key.Answer(results[0])
	if kept, _ := f.answers.KeepIdempotent(ctx, key.Owner, key.Key, key.Request, status, sealed); !kept {
		return dispatch.Result{}, false, dispatch.ErrKeyTaken
	}
	return results[0], true, nil
}

// answers is the store of idempotent answers in memory.
type answers struct {
	mu      sync.Mutex
	rows    map[string]*answerRow
	renewed atomic.Int64
}

type answerRow struct {
	request []byte
	status  int
	answer  []byte
}

func (s *answers) BeginIdempotent(_ context.Context, owner hub.ID, key string, request []byte) (hub.IdempotencyState, int, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, status, answer := s.find(owner, key, request)
	if state == hub.IdempotencyFresh {
		s.rows[owner.String()+key] = &answerRow{request: request}
	}
	return state, status, answer, nil
}

func (s *answers) FindIdempotent(_ context.Context, owner hub.ID, key string, request []byte) (hub.IdempotencyState, int, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, status, answer := s.find(owner, key, request)
	return state, status, answer, nil
}

// find tells what is under a key, for who holds the lock.
func (s *answers) find(owner hub.ID, key string, request []byte) (hub.IdempotencyState, int, []byte) {
	row := s.rows[owner.String()+key]
	switch {
	case row == nil:
		return hub.IdempotencyFresh, 0, nil
	case !bytes.Equal(row.request, request):
		return hub.IdempotencyMismatch, 0, nil
	case row.status == 0:
		return hub.IdempotencyInFlight, 0, nil
	}
	return hub.IdempotencyReplay, row.status, row.answer
}

func (s *answers) KeepIdempotent(_ context.Context, owner hub.ID, key string, request []byte, status int, answer []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows[owner.String()+key] != nil {
		return false, nil
	}
	s.rows[owner.String()+key] = &answerRow{request, status, answer}
	return true, nil
}

func (s *answers) FinishIdempotent(_ context.Context, owner hub.ID, key string, status int, answer []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[owner.String()+key]
	row.status, row.answer = status, answer
	return nil
}

func (s *answers) RenewIdempotent(context.Context, hub.ID, string) error {
	s.renewed.Add(1)
	return nil
}

func (s *answers) AbandonIdempotent(_ context.Context, owner hub.ID, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, owner.String()+key)
	return nil
}

// noSessions is a session store in which nobody is signed in.
type noSessions struct{ signin.Store }

func (noSessions) FindCtx(context.Context, string) ([]byte, bool, error) { return nil, false, nil }

type bench struct {
	*fake
	api  *api
	logs *bytes.Buffer
}

func newBench(t testing.TB) *bench {
	t.Helper()
	kept := &answers{rows: map[string]*answerRow{}}
	f, logs := &fake{answers: kept}, &bytes.Buffer{}
	a, err := build(Deps{
		Enroller: f, Dispatcher: f, Reader: f, Intake: f, Certificates: f, Judge: f, Profile: "ir.on_arrival", Answers: kept,
		Vault: sealed{}, Logger: slog.New(slog.NewJSONHandler(logs, nil)),
		Sessions: signin.New(signin.Options{Store: noSessions{}, People: f, Clock: hub.SystemClock}),
		Doors:    &signin.Doors{Vault: sealed{}, Clock: hub.SystemClock},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{f, a, logs}
}

// call sends a request as the court's key, and takes headers as name, value.
func (b *bench) call(method, path string, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer ebk_test_court")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.api.front(w, r)
	return w
}

// wantProblem fails unless the answer is a well-formed problem; it gives its pointers.
func wantProblem(t *testing.T, w *httptest.ResponseRecorder, status int, code hub.Code) []string {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("status %d, no JSON: %v: %.300s", w.Code, err, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != problemType {
		t.Errorf("content type %q", got)
	}
	if w.Code != status || p.Status != status || p.Type != problemBase+string(code) || p.Title == "" {
		t.Fatalf("answer %d %+v, want %d %s", w.Code, p, status, code)
	}
	pointers := []string{}
	for _, f := range p.Errors {
		if f.Code == "" || f.Detail == "" {
			t.Errorf("field %+v says nothing", f)
		}
		pointers = append(pointers, f.Pointer)
	}
	return pointers
}

var _ http.ResponseWriter = (*recorder)(nil)
