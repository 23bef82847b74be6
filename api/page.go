package api

import (
	"time"

	"eblagh/hub"
)

// PageQuery asks for a part of a list. (Exported, for huma finds parameters in exported fields only.)
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" doc:"how many items; 20 when not given"`
	After string `query:"after" maxLength:"200" doc:"the next of the page before"`
}

// limit is how many items to give.
func (q PageQuery) limit() int {
	if q.Limit == 0 {
		return 20
	}
	return q.Limit
}

// afterID reads after where it is an id. Errors: validation.
func (q PageQuery) afterID() (hub.ID, error) { return queryID("after", q.After) }

// Page is a part of a list. Next is not there on the last one.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"opaque; give it as after to go on"`
}

// pageOf turns domain values into a page, never with a null list.
func pageOf[D, T any](items []D, next string, view func(D) T) *answer[Page[T]] {
	out := &answer[Page[T]]{Body: Page[T]{Items: make([]T, len(items)), Next: next}}
	for i, item := range items {
		out.Body.Items[i] = view(item)
	}
	return out
}

// answer is a JSON body and nothing else.
type answer[T any] struct{ Body T }

// created is a JSON body with the address of what was made.
type created[T any] struct {
	Location string `header:"Location"`
	Body     T
}

func createdAt[T any](location string, body T) *created[T] { return &created[T]{location, body} }

// empty is an answer or a question without a body.
type empty struct{}

// PathID names the object of a call.
type PathID struct {
	ID string `path:"id"`
}

// id reads the path. What is no id at all answers like an id that does not exist.
func (p PathID) id() (hub.ID, error) { return readID(p.ID) }

func readID(text string) (hub.ID, error) {
	id, err := hub.ParseID(text)
	if err != nil || id.IsZero() {
		return hub.ID{}, hub.ErrNotFound
	}
	return id, nil
}

func queryID(name, text string) (hub.ID, error) {
	if text == "" {
		return hub.ID{}, nil
	}
	id, err := hub.ParseID(text)
	if err != nil {
		return hub.ID{}, refuseField(hub.CodeValidation, "/query/"+name, "format", "this is not what a page gave as next")
	}
	return id, nil
}

// idText is an id on the wire; none is empty, and left out.
func idText(id hub.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// moment is a time on the wire; none is nil, and left out.
func moment(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

// inQuery moves the pointers of a refusal to where the caller gave the fields: the query.
func inQuery(err error) error {
	p := *problemOf(err)
	if len(p.Errors) == 0 {
		return err
	}
	moved := make([]FieldError, len(p.Errors))
	for i, f := range p.Errors {
		moved[i] = FieldError{"/query" + f.Pointer, f.Code, f.Detail}
	}
	p.Errors = moved
	return &p
}
