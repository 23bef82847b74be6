package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// Batch is the body of POST /v1/notices/batch.
type Batch struct {
	Notices []NewNotice `json:"notices" minItems:"1" maxItems:"5000"`
}

// BatchAnswer has one result per item, in order.
type BatchAnswer struct {
	Results []BatchResult `json:"results"`
}

// BatchResult is what became of one item, as if it had come alone: its status, and a notice, a draft or a problem. Pointers of the
// problem start at the item.
type BatchResult struct {
	Index   int      `json:"index" doc:"counted from 0"`
	Status  int      `json:"status" doc:"the status that the item alone would have got"`
	Notice  *Notice  `json:"notice,omitempty"`
	Draft   *Draft   `json:"draft,omitempty" doc:"status 202: the paper waits for a second pair of eyes"`
	Problem *Problem `json:"problem,omitempty"`
}

func (a *api) addBatch() {
	rt := route{
		method: http.MethodPost, path: "/v1/notices/batch", id: "submitBatch", tag: "notices", who: permitted, weight: 12, accepts: true,
		action: access.NoticeSubmit, payload: payloadStream, limit: limitBatch, creates: true,
		summary: "Submit up to 5,000 notices",
		about: "Each item stands alone: the good ones are accepted whatever is wrong with the others. A batch that is no " +
			"well-formed JSON, or too long, is refused as a whole. An item has at most 256 KB." + submits,
	}
	add(a, rt, a.postBatch)
	a.documented(rt).RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Batch](), true, "")},
	}}
}

func (a *api) postBatch(ctx context.Context, _ *empty) (*answer[BatchAnswer], error) {
	items, err := readBatch(callFrom(ctx).request.Body)
	if err != nil {
		return nil, err
	}
	papers := make([]dispatch.Paper, 0, len(items))
	for i := range items {
		if items[i].problem == nil {
			papers = append(papers, items[i].paper)
		}
	}
	var results []dispatch.Result
	if len(papers) > 0 {
		if results, err = a.deps.Dispatcher.Submit(ctx, caller(ctx), papers, callFrom(ctx).idempotent); err != nil {
			return nil, err
		}
	}
	out := &answer[BatchAnswer]{BatchAnswer{Results: make([]BatchResult, len(items))}}
	for i, item := range items {
		problem := item.problem
		if problem == nil {
			result := results[0]
			results = results[1:]
			switch {
			case result.Err == nil && !result.Draft.ID.IsZero():
				view := viewNewDraft(result)
				out.Body.Results[i] = BatchResult{Index: i, Status: http.StatusAccepted, Draft: &view}
				continue
			case result.Err == nil:
				view := a.viewResult(result)
				out.Body.Results[i] = BatchResult{Index: i, Status: http.StatusCreated, Notice: &view}
				continue
			}
			problem = problemOf(result.Err)
		}
		out.Body.Results[i] = BatchResult{Index: i, Status: problem.Status, Problem: problem}
	}
	return out, nil
}

// batchItem is one item: a paper, or what is wrong with its shape.
type batchItem struct {
	paper   dispatch.Paper
	problem *Problem
}

// readBatch decodes {"notices":[…]} one item at a time. Nothing is submitted before the whole has been read. Errors: what
// is wrong with the batch as a whole.
func readBatch(body io.Reader) ([]batchItem, error) {
	bounded := &boundedItems{from: body}
	bounded.dec = jsontext.NewDecoder(bounded, loosely)
	b := batchReader{shape: &shape{dec: bounded.dec, most: maxFieldErrors}, bounded: bounded}
	if err := b.read(); errors.Is(err, errEnough) {
		return nil, b.problems.Err()
	} else if err != nil {
		return nil, err
	}
	if _, err := bounded.dec.ReadToken(); err == nil {
		return nil, errBrokenJSON // something follows the batch
	} else if !errors.Is(err, io.EOF) {
		return nil, jsonError(err)
	}
	if len(b.problems) == 0 && len(b.items) == 0 {
		b.note("/notices", "required", "a batch has at least one notice")
	}
	return b.items, b.problems.Err()
}

// maxItemErrors bounds what is told of one item, for a batch has many.
const maxItemErrors = 20

// batchReader reads the outer object, whose only field is the list.
type batchReader struct {
	*shape
	bounded *boundedItems
	items   []batchItem
	seen    bool
}

func (b *batchReader) read() error {
	open, err := b.token()
	if err != nil {
		return err
	}
	if open.Kind() != '{' {
		return refuseField(hub.CodeValidation, "", "type", "this must be an object")
	}
	for b.more() {
		b.bounded.next()
		token, err := b.token()
		if err != nil {
			return err
		}
		name := token.String()
		switch {
		case name == "notices" && !b.seen:
			b.seen = true
			err = b.list()
		case name == "notices":
			b.note("/notices", "repeated", "this field stands here more than once")
			err = b.skipValue(1)
		default:
			b.note(child("", name), "unknown", "there is no such field here")
			err = b.skipValue(1)
		}
		if err := cmp.Or(err, b.enough()); err != nil {
			return err
		}
	}
	_, err = b.token()
	return err
}

func readItem(raw []byte) batchItem {
	var n NewNotice
	problems, err := readShape(raw, reflect.ValueOf(&n).Elem(), maxItemErrors)
	if err := cmp.Or(err, problems.Err()); err != nil {
		return batchItem{problem: problemOf(err)}
	}
	return batchItem{paper: paper(n)}
}

func (b *batchReader) list() error {
	open, err := b.token()
	if err != nil {
		return err
	}
	if open.Kind() != '[' {
		b.note("/notices", "type", "this must be a list")
		if opens(open) {
			return b.skip(1)
		}
		return nil
	}
	for b.more() {
		if len(b.items) == dispatch.MaxPapers {
			return refuseField(hub.CodeValidation, "/notices", "too_many", "a batch has at most 5000 notices")
		}
		b.bounded.next()
		raw, err := b.dec.ReadValue()
		if err != nil {
			return jsonError(err)
		}
		b.items = append(b.items, readItem(raw))
	}
	_, err = b.token()
	return err
}

// boundedItems stops a decoder at an item that is larger than a notice may be. A decoder holds a token whole before it
// gives it, and an item its lists, so that one of 16 MB would cost several times that.
type boundedItems struct {
	from io.Reader
	dec  *jsontext.Decoder
	read int64 // from the start of the body
	item int64 // where the item begins
}

// next says that an item begins here.
func (b *boundedItems) next() { b.item = b.dec.InputOffset() }

// Read implements io.Reader.
func (b *boundedItems) Read(p []byte) (int, error) {
	if b.read-b.item > limitElse {
		return 0, refuseField(hub.CodeTooLarge, "/notices", "too_large", "an item of the batch is too large")
	}
	n, err := b.from.Read(p[:min(len(p), 64<<10)])
	b.read += int64(n)
	return n, err
}
