package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
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
		refuses: []hub.Code{hub.CodeConfirmation}, quotas: []hub.Quota{enrol.ExportQuota()},
	}, a.askExport)
	add(a, route{
		method: http.MethodGet, path: "/v1/exports", id: "listExports", tag: "own data", who: permitted, action: access.ExportOwn,
		summary: "The copies that you asked for, newest first",
	}, a.listExports)
	rt := route{
		method: http.MethodPost, path: "/v1/exports/{id}/take", id: "takeExport", tag: "own data", who: permitted,
		action: access.ExportOwn, summary: "Take a copy", refuses: []hub.Code{hub.CodeConfirmation},
		about: "A ZIP: profile, contacts, sessions, who looked at your papers and data, and each paper with its receipts, " +
			"evidence and documents. Of a paper that you have not opened there is the cover: to read it is to open it, " +
			"which has effects in law, and a copy must not do that by the way. If the answer breaks off it is not complete: ask for another copy. Asks for a fresh proof of who you are.",
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
