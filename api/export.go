package api

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/reading"
)

// Exports lets people have a copy of what the hub has of them. *enrol.Enroller implements it.
type Exports interface {
	AskExport(ctx context.Context, p access.Principal) (enrol.Export, error)
	Exports(ctx context.Context, p access.Principal) ([]enrol.Export, error)
	TakeExport(ctx context.Context, p access.Principal, id hub.ID) (enrol.Export, error)
	EndExport(ctx context.Context, id hub.ID) error
	ContactHistory(ctx context.Context, p access.Principal, id hub.ID) ([]enrol.PastContact, error)
}

// Export is a copy of one's own data that one asked for.
type Export struct {
	ID        string     `json:"id" format:"uuid"`
	AskedAt   time.Time  `json:"asked_at"`
	ExpiresAt time.Time  `json:"expires_at" doc:"until then it can be taken, once"`
	TakenAt   *time.Time `json:"taken_at,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"all of it left; when it was taken and this is not here, ask for another"`
}

func viewExport(x enrol.Export) Export {
	return Export{x.ID.String(), x.AskedAt.UTC(), x.ExpiresAt.UTC(), moment(x.TakenAt), moment(x.EndedAt)}
}

const (
	exportsAtOnce = 2                // per process: each reads document after document
	exportPage    = 50               // papers read at once
	exportStall   = time.Minute      // how long one part may take to leave
	exportLimit   = 30 * time.Minute // how long a whole copy may
)

func (a *api) addExports() {
	add(a, route{
		method: http.MethodPost, path: "/v1/exports", id: "askExport", tag: "own data", who: permitted, action: access.ExportOwn,
		creates: true, status: http.StatusCreated, summary: "Ask for a copy of all that the hub has of you",
		about:   "It can be taken once, within a day. Asks for a fresh proof of who you are. Three a day.",
		refuses: []hub.Code{hub.CodeConfirmation, hub.CodeRateLimited},
	}, a.askExport)
	add(a, route{
		method: http.MethodGet, path: "/v1/exports", id: "listExports", tag: "own data", who: permitted, action: access.ExportOwn,
		summary: "The copies that you asked for, newest first",
	}, a.listExports)
	rt := route{
		method: http.MethodPost, path: "/v1/exports/{id}/take", id: "takeExport", tag: "own data", who: permitted,
		action: access.ExportOwn, summary: "Take a copy", refuses: []hub.Code{hub.CodeConfirmation},
		about: "A ZIP: profile, contacts, sessions, and each paper with its receipts, evidence and documents. Of a paper that you " +
			"have not opened there is the cover: to read it is to open it, which has effects in law, and a copy must not do that " +
			"by the way. If the answer breaks off it is not complete: ask for another copy. Asks for a fresh proof of who you are.",
	}
	add(a, rt, a.takeExport)
	a.documented(rt).Responses["200"].Content = map[string]*huma.MediaType{
		"application/zip": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
}

func (a *api) askExport(ctx context.Context, _ *empty) (*answer[Export], error) {
	x, err := a.deps.Enroller.AskExport(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return &answer[Export]{viewExport(x)}, nil
}

func (a *api) listExports(ctx context.Context, _ *empty) (*answer[Page[Export]], error) {
	list, err := a.deps.Enroller.Exports(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewExport), nil
}

func (a *api) takeExport(ctx context.Context, in *PathID) (*huma.StreamResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	select {
	case a.exporting <- struct{}{}:
	default:
		return nil, &hub.Error{Code: hub.CodeOverloaded, Detail: "too many copies are being made at this moment; try again", After: time.Minute}
	}
	x, err := a.deps.Enroller.TakeExport(ctx, caller(ctx), id)
	if err != nil {
		<-a.exporting
		return nil, err
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		defer func() { <-a.exporting }()
		out.SetHeader("Content-Type", "application/zip")
		out.SetHeader("Content-Disposition", `attachment; filename="eblagh-export.zip"`)
		out.SetHeader("Cache-Control", "private, no-store")
		_, w := humago.Unwrap(out)
		ctx, cancel := context.WithTimeout(ctx, exportLimit)
		defer cancel()
		e := &export{api: a, ctx: ctx, p: caller(ctx), out: &pacedWriter{out.BodyWriter(), http.NewResponseController(w)}}
		if err := e.write(); err != nil {
			a.deps.Logger.Warn("a copy of somebody's data broke off", "export", x.ID.String(), "error", redact(err.Error()))
			panic(http.ErrAbortHandler) // what is not whole must not look so
		}
		if err := a.deps.Enroller.EndExport(ctx, x.ID); err != nil {
			a.deps.Logger.Warn("the end of a copy was not noted", "export", x.ID.String(), "error", redact(err.Error()))
		}
	}}, nil
}

// pacedWriter gives each write its own time: a large copy may take long, a connection that takes nothing may not.
type pacedWriter struct {
	io.Writer
	control *http.ResponseController
}

func (w *pacedWriter) Write(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(exportStall)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return w.Writer.Write(b)
}

// export is one copy on its way out. It holds one page of papers and one document in memory.
type export struct {
	api *api
	ctx context.Context
	p   access.Principal
	out io.Writer
	zip *zip.Writer
}

// exportAbout stands in every copy.
const exportAbout = "این پرونده رونوشت داده‌های شما در ابلاغ است. از ابلاغیه‌هایی که نگشوده‌اید فقط روی جلد آمده است: خواندن یعنی گشودن، که اثر قانونی دارد.\r\n" +
	"اطلاعات دیگران، جز آنچه در اوراق ابلاغ‌شده به شما آمده، در آن نیست.\r\n\r\n" +
	"This is a copy of what Eblagh has of you. Of papers that you have not opened there is the cover only: to read is to open,\r\n" +
	"which has effects in law. Nothing of other people is here but what stands in the papers served on you.\r\n"

func (e *export) write() error {
	e.zip = zip.NewWriter(e.out)
	steps := []func() error{
		func() error { return e.file("README.txt", []byte(exportAbout)) }, e.profile, e.contacts, e.sessions, e.papers, e.zip.Close,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (e *export) file(name string, content []byte) error {
	w, err := e.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now().UTC()})
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	return e.zip.Flush()
}

func (e *export) json(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return e.file(name, text)
}

func (e *export) profile() error {
	r, err := e.api.deps.Enroller.Recipient(e.ctx, e.p, e.p.PersonID())
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return e.json("profile.json", viewRecipient(r))
}

// exportedContact is a contact that was in force for a time.
type exportedContact struct {
	Mobile  string     `json:"mobile,omitempty"`
	Email   string     `json:"email,omitempty"`
	Address string     `json:"address,omitempty"`
	Since   time.Time  `json:"since"`
	Until   *time.Time `json:"until,omitempty"`
}

func (e *export) contacts() error {
	history, err := e.api.deps.Enroller.ContactHistory(e.ctx, e.p, e.p.PersonID())
	if err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	list := make([]exportedContact, len(history))
	for i, c := range history {
		list[i] = exportedContact{string(c.Mobile), c.Email, c.Address, c.Since.UTC(), moment(c.Until)}
	}
	return e.json("contacts.json", list)
}

func (e *export) sessions() error {
	list, err := e.api.deps.Sessions.List(e.ctx, e.p.ID)
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	out := make([]Session, len(list))
	for i, s := range list {
		out[i] = Session{s.ID.String(), s.ID == e.p.Session, s.CreatedAt.UTC(), s.ExpiresAt.UTC(), s.SeenAt.UTC(), s.Device}
	}
	return e.json("sessions.json", out)
}

func (e *export) papers() error {
	for after := ""; ; {
		page, err := e.api.deps.Reader.Inbox(e.ctx, e.p, reading.InboxQuery{After: after, Limit: exportPage})
		if err != nil {
			return fmt.Errorf("inbox: %w", err)
		}
		for _, item := range page.Items {
			if err := e.paper(item.Cover.ID); err != nil {
				return fmt.Errorf("paper %s: %w", item.Cover.ID, err)
			}
		}
		if after = page.Next; after == "" {
			return nil
		}
	}
}

// paper is one paper in a folder of its own: its cover, or all of it once it was opened.
func (e *export) paper(id hub.ID) error {
	item, err := e.api.deps.Reader.Item(e.ctx, e.p, id)
	if err != nil {
		return err
	}
	folder := "papers/" + plainName(item.Cover.Number) + "-" + id.String()
	if err := e.json(folder+"/notice.json", viewInboxItem(item)); err != nil {
		return err
	}
	receipts, err := e.api.deps.Reader.Receipts(e.ctx, e.p, id)
	if err != nil {
		return fmt.Errorf("receipts: %w", err)
	}
	views := make([]Receipt, len(receipts))
	for i, r := range receipts {
		views[i] = viewReceipt(r)
	}
	if err := e.json(folder+"/receipts.json", views); err != nil {
		return err
	}
	if err := e.evidence(folder, id); err != nil {
		return fmt.Errorf("evidence: %w", err)
	}
	if item.Notice == nil {
		return nil
	}
	for i, d := range item.Notice.Documents {
		if err := e.document(fmt.Sprintf("%s/%02d-%s", folder, i+1, plainName(d.FileName)), id, d.ID); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	return nil
}

// evidence that is not sealed yet is left out: the receipts are there.
func (e *export) evidence(folder string, id hub.ID) error {
	bundle, err := e.api.deps.Reader.Evidence(e.ctx, e.p, id, 0)
	if code := hub.CodeOf(err); code == hub.CodeOverloaded || code == hub.CodeNotFound || code == hub.CodeWrongState {
		return nil
	}
	if err != nil {
		return err
	}
	text, err := bundle.Marshal()
	if err != nil {
		return err
	}
	return e.file(folder+"/evidence.json", text)
}

// document is the bytes as they were served; those that were erased by law are named.
func (e *export) document(name string, notice, id hub.ID) error {
	_, content, err := e.api.deps.Reader.Document(e.ctx, e.p, notice, id)
	if hub.CodeOf(err) == hub.CodeNotFound {
		return e.file(name+".erased.txt", []byte("erased by law; its digest stands in the receipts\r\n"))
	}
	if err != nil {
		return err
	}
	return e.file(name, content)
}

// plainName keeps a name from leading out of its folder, wherever the ZIP is unpacked.
func plainName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, path.Base(strings.ReplaceAll(name, `\`, "/")))
	if name = strings.Trim(name, ". "); name == "" {
		return "document"
	}
	return name
}
