package api

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/api/guard"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// Reader is all that the wire reads of papers. *reading.Reader implements it.
type Reader interface {
	Notices
	Drafts
	Inbox
	Cases
	Lanes
	Deliveries
	Tasks
	Looks
}

// Inbox is what people read of their own inbox.
type Inbox interface {
	Inbox(ctx context.Context, p access.Principal, q reading.InboxQuery) (reading.InboxPage, error)
	Item(ctx context.Context, p access.Principal, notice hub.ID) (reading.InboxItem, error)
	Document(ctx context.Context, p access.Principal, notice, document hub.ID) (hub.Document, []byte, error)
}

// InboxItem is one arrived paper: its cover, or the notice once it was opened.
type InboxItem struct {
	Cursor    int64       `json:"cursor" doc:"counts the arrivals of this inbox from 1"`
	Notice    InboxNotice `json:"notice"`
	ArrivedAt time.Time   `json:"arrived_at"`
	OpenedAt  *time.Time  `json:"opened_at,omitempty"`
}

// InboxNotice is a cover until the paper was opened, and the notice from then on. It cannot hold both.
type InboxNotice struct{ shown any }

// MarshalJSON writes the one that it is.
func (n InboxNotice) MarshalJSON() ([]byte, error) { return json.Marshal(n.shown) }

// Schema implements huma.SchemaProvider.
func (InboxNotice) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[hub.Cover](), true, ""), r.Schema(reflect.TypeFor[Notice](), true, ""),
	}}
}

func viewInboxItem(i reading.InboxItem) InboxItem {
	out := InboxItem{i.Cursor, InboxNotice{i.Cover}, i.ArrivedAt.UTC(), moment(i.OpenedAt)}
	if i.Notice != nil {
		out.Notice = InboxNotice{viewNotice(*i.Notice, i.Service)}
	}
	return out
}

type inboxQuery struct {
	PageQuery
	State          string `query:"state" enum:"unopened,opened,all" doc:"all when not given"`
	AcceptLanguage string `header:"Accept-Language" maxLength:"200" doc:"fa or en, for what opening means; the person's own when not given"`
}

type noticePath struct {
	NoticeID string `path:"notice_id"`
}

type documentPath struct {
	NoticeID   string `path:"notice_id"`
	DocumentID string `path:"document_id"`
}

// documentOut is the bytes of a document, with headers that keep a browser from running anything in them.
type documentOut struct {
	ContentType string `header:"Content-Type"`
	ETag        string `header:"ETag"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        []byte
}

func (a *api) addInbox() {
	add(a, route{
		method: http.MethodGet, path: "/v1/inbox", id: "listInbox", tag: "inbox", who: permitted, action: access.InboxRead,
		summary: "One's own inbox, newest first", about: "What was not opened shows its cover only. Reading this opens nothing.",
	}, a.listInbox)
	add(a, route{
		method: http.MethodPost, path: "/v1/inbox/{notice_id}/open", id: "openNotice", tag: "inbox", who: permitted,
		action: access.InboxOpen, summary: "Open a notice",
		about: "This is actual service. It is recorded once; opening again answers the same and records nothing.",
	}, a.openNotice)
	rt := route{
		method: http.MethodGet, path: "/v1/inbox/{notice_id}/documents/{document_id}", id: "getInboxDocument", tag: "inbox",
		who: permitted, action: access.DocumentRead, summary: "A document of an opened notice",
	}
	add(a, rt, a.getDocument)
	content := map[string]*huma.MediaType{}
	for _, t := range payloadDocument.mediaTypes() {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	a.documented(rt).Responses["200"].Content = content
}

func (a *api) listInbox(ctx context.Context, in *inboxQuery) (*answer[Page[InboxItem]], error) {
	page, err := a.deps.Reader.Inbox(ctx, caller(ctx), reading.InboxQuery{
		After: in.After, Limit: in.limit(), State: reading.State(in.State), Language: language(in.AcceptLanguage),
	})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewInboxItem), nil
}

func (a *api) openNotice(ctx context.Context, in *noticePath) (*answer[Notice], error) {
	id, err := readID(in.NoticeID)
	if err != nil {
		return nil, err
	}
	if _, err := a.deps.Dispatcher.Open(ctx, caller(ctx), id); err != nil {
		return nil, err
	}
	// E.1 is committed before a word of the paper is read.
	item, err := a.deps.Reader.Item(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	if item.Notice == nil {
		return nil, hub.Refuse(hub.CodeWrongState, "this paper has not been opened yet")
	}
	return &answer[Notice]{viewNotice(*item.Notice, item.Service)}, nil
}

func (a *api) getDocument(ctx context.Context, in *documentPath) (*documentOut, error) {
	notice, err := readID(in.NoticeID)
	if err != nil {
		return nil, err
	}
	document, err := readID(in.DocumentID)
	if err != nil {
		return nil, err
	}
	d, content, err := a.deps.Reader.Document(ctx, caller(ctx), notice, document)
	if err != nil {
		return nil, err
	}
	return outDocument(d, content), nil
}

func outDocument(d hub.Document, content []byte) *documentOut {
	return &documentOut{
		ContentType: d.MediaType, ETag: `"` + hex.EncodeToString(d.SHA256[:]) + `"`, Body: content,
		Disposition: mime.FormatMediaType("inline", map[string]string{"filename": d.FileName}),
		Policy:      guard.Sandboxed,
	}
}

// language picks fa or en out of Accept-Language by which stands first; "" when neither does.
func language(accept string) string {
	for i := 0; i+1 < len(accept); i++ {
		atStart := i == 0 || accept[i-1] == ',' || accept[i-1] == ' '
		if tag := accept[i : i+2]; atStart && (tag == "fa" || tag == "en") {
			return tag
		}
	}
	return ""
}
