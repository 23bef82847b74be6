package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/api/guard"
	"eblagh/hub"
)

// problemBase is where problem types live until there is a home for them.
const problemBase = "https://eblagh.invalid/problems/"

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// Problem is a refusal on the wire, RFC 9457. Errors names every field that is wrong; no text repeats what was sent.
type Problem struct {
	Type   string       `json:"type" format:"uri" doc:"which kind of problem; stable"`
	Title  string       `json:"title" doc:"the kind in a few words"`
	Status int          `json:"status" doc:"the HTTP status"`
	Detail string       `json:"detail,omitempty" doc:"what happened this time"`
	Errors []FieldError `json:"errors,omitempty" doc:"every field that is wrong, at most 100"`
	Notice string       `json:"notice,omitempty" format:"uuid" doc:"duplicate-reference: the notice that has the reference"`
	Draft  string       `json:"draft,omitempty" format:"uuid" doc:"duplicate-reference: the draft that waits with it"`

	retryAfter int
	quota      string // that is used up
}

// FieldError is one thing wrong with one field. Pointer is a JSON pointer (RFC 6901) into the body; /query/… and
// /header/… name parameters.
type FieldError struct {
	Pointer string `json:"pointer" doc:"JSON pointer into the body; /query/… and /header/… name parameters"`
	Code    string `json:"code" doc:"what is wrong, for programs"`
	Detail  string `json:"detail" doc:"what is wrong, for people"`
}

// maxFieldErrors bounds the answer to a body in which everything is wrong.
const maxFieldErrors = 100

// kind is how one code looks on the wire.
type kind struct {
	status     int
	title      string
	retryAfter int // seconds; 0: no header
}

// kinds is the one table from the hub's codes to HTTP. unsupported-document is 415, for RFC 9110 §15.5.16 speaks of
// inspecting the data as well as of its declared type.
var kinds = map[hub.Code]kind{
	hub.CodeValidation:          {422, "Some fields are not right", 0},
	hub.CodeNotFound:            {404, "Not found", 0},
	hub.CodeUnauthorized:        {401, "Not signed in", 0},
	hub.CodeForbidden:           {403, "Not allowed", 0},
	hub.CodeConfirmation:        {403, "Prove again who you are", 0},
	hub.CodeSecondFactor:        {403, "Set up a second factor first", 0},
	hub.CodeNotEnrolled:         {422, "The addressee is not enrolled", 0},
	hub.CodeAlreadyEnrolled:     {409, "Already enrolled", 0},
	hub.CodeDuplicateReference:  {409, "The reference is taken", 0},
	hub.CodeIdempotencyMismatch: {422, "The idempotency key belongs to another request", 0},
	hub.CodeIdempotencyInFlight: {409, "The first request with this key is still running", 1},
	hub.CodeTooLarge:            {413, "Too large", 0},
	hub.CodeUnsupportedDocument: {415, "Not a document that can be served", 0},
	hub.CodeWrongMode:           {403, "The key belongs to another kind of instance", 0},
	hub.CodeWrongState:          {409, "Not possible in this state", 0},
	hub.CodeRateLimited:         {429, "Too many requests", 60},
	hub.CodeOverloaded:          {503, "Not at the moment", 2},
	hub.CodeInternal:            {500, "Internal error", 0},
}

// problemOf turns any error into what the caller may know of it. Errors that are not the hub's are internal and say
// nothing but that.
func problemOf(err error) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	refused := &hub.Error{Code: hub.CodeInternal}
	if !errors.As(err, &refused) && errors.Is(err, context.DeadlineExceeded) {
		refused = hub.Refuse(hub.CodeOverloaded, "this took too long; try again")
	}
	k, known := kinds[refused.Code]
	if !known || refused.Code == hub.CodeInternal {
		k = kinds[hub.CodeInternal]
		return &Problem{Type: problemBase + string(hub.CodeInternal), Title: k.title, Status: k.status}
	}
	p := &Problem{Type: problemBase + string(refused.Code), Title: k.title, Status: k.status, Detail: refused.Detail,
		Errors: fieldErrors(refused.Fields), retryAfter: k.retryAfter, quota: refused.Quota}
	if refused.After > 0 {
		p.retryAfter = int((refused.After + time.Second - 1) / time.Second)
	}
	if !refused.Notice.IsZero() {
		p.Notice = refused.Notice.String()
	}
	p.Draft = idText(refused.Draft)
	return p
}

func fieldErrors(fields []hub.Field) []FieldError {
	if len(fields) > maxFieldErrors {
		fields = fields[:maxFieldErrors]
	}
	out := make([]FieldError, len(fields))
	for i, f := range fields {
		out[i] = FieldError(f)
	}
	return out
}

// refuseField is a refusal of one field, or of the whole when the pointer is empty.
func refuseField(code hub.Code, pointer, fieldCode, detail string) error {
	return &hub.Error{Code: code, Detail: detail, Fields: []hub.Field{{Pointer: pointer, Code: fieldCode, Detail: detail}}}
}

// withStatus is the same problem under another status, where HTTP has a more exact one.
func withStatus(status int, err error) *Problem {
	p := *problemOf(err)
	p.Status = status
	return &p
}

// Error gives type and detail.
func (p *Problem) Error() string { return p.Type + " " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.quota != "" {
		h.Set(headerLeft, guard.Left(p.quota, 0, time.Duration(p.retryAfter)*time.Second))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="eblagh"`)
	}
	return h
}

// headerLeft is a list: what is used up stands beside what is left of others.
const headerLeft = "Ratelimit"

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// write sends the problem; for the parts of the chain that stand before huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.GetHeaders() {
		if name == headerLeft || w.Header().Get(name) == "" {
			w.Header()[name] = append(w.Header()[name], values...)
		}
	}
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may be gone
}

// fromHuma is a transformer that replaces huma's error model, which repeats values, with a Problem that does not.
func fromHuma(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	switch {
	case model.Status == http.StatusBadRequest:
		return withStatus(model.Status, errBrokenJSON), nil
	case model.Status >= http.StatusInternalServerError:
		return withStatus(model.Status, hub.Refuse(hub.CodeInternal, "")), nil
	}
	var problems hub.Problems
	for _, d := range model.Errors {
		problems.Add(pointerOf(d.Location), "invalid", "this parameter is not right")
	}
	return withStatus(model.Status, problems.Err()), nil
}
