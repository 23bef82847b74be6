package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
)

// Form is the canonical form of the receipts that are issued now.
const Form = 1

// SaltSize is the length of a receipt's salt.
const SaltSize = 16

// timeForm writes times: RFC 3339 in UTC, with all of the six digits that the store keeps.
const timeForm = "2006-01-02T15:04:05.000000Z"

// Receipt is a receipt as the store holds it, with what its canonical form needs besides. Details hold what
// encoding/json decodes with UseNumber.
type Receipt struct {
	hub.Receipt
	Submitter hub.ID
	Salt      [SaltSize]byte
	Form      int
	Text      []byte // the Details as JSON, for whom they need not be decoded
}

// Field is one labelled value of a receipt, in canonical JSON.
type Field struct {
	Label string
	Value json.RawMessage
}

// Fields gives the fields of the receipt in the order of their labels. Errors: a form that this program does not know, or
// broken Text.
func (r Receipt) Fields() ([]Field, error) {
	if r.Form != Form {
		return nil, fmt.Errorf("receipt %s has the form %d; this program knows %d", r.ID, r.Form, Form)
	}
	details, parts, err := r.details()
	if err != nil {
		return nil, fmt.Errorf("the details of receipt %s: %w", r.ID, err)
	}
	f := fieldList{list: make([]Field, 0, 24), text: make([]byte, 0, 1024)}
	f.word("actor/auth", r.Actor.Auth)
	f.id("actor/id", r.Actor.ID)
	f.word("actor/kind", string(r.Actor.Kind))
	f.time("at", r.At)
	f.word("capacity", string(r.Capacity))
	f.id("case", r.Case)
	f.word("channel", string(r.Channel))
	f.members("details/", details)
	f.word("event", string(r.Event))
	f.id("id", r.ID)
	f.id("notice", r.Notice)
	f.members("parts/", parts)
	f.word("provider", r.Provider)
	f.word("provider/message_id", r.ProviderMessageID)
	f.word("provider/status", r.ProviderStatus)
	f.word("reason", string(r.Reason))
	f.id("recipient", r.Recipient)
	f.time("recorded_at", r.RecordedAt)
	f.word("rule", r.Rule)
	f.word("rule/version", r.RuleVersion)
	f.id("submitter", r.Submitter)
	return f.list, nil
}

// Canonical gives the canonical form of the receipt: its fields as one canonical JSON object, with the form's number.
// Errors: those of Fields.
func (r Receipt) Canonical() ([]byte, error) {
	fields, err := r.Fields()
	if err != nil {
		return nil, err
	}
	out := []byte(`{"fields":{`)
	for i, field := range fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendText(out, field.Label), ':'), field.Value...)
	}
	return fmt.Appendf(out, `},"form":%d}`, r.Form), nil
}

// fieldList gathers fields in one piece of text.
type fieldList struct {
	list []Field
	text []byte
}

// since adds the field whose value was written to text from there on.
func (f *fieldList) since(label string, from int) {
	f.list = append(f.list, Field{label, f.text[from:len(f.text):len(f.text)]})
}

func (f *fieldList) word(label, value string) {
	if value != "" {
		from := len(f.text)
		f.text = appendText(f.text, value)
		f.since(label, from)
	}
}

func (f *fieldList) id(label string, id hub.ID) {
	if !id.IsZero() {
		from := len(f.text)
		f.text, _ = id.AppendText(append(f.text, '"')) // it never fails
		f.text = append(f.text, '"')
		f.since(label, from)
	}
}

func (f *fieldList) time(label string, at time.Time) {
	if !at.IsZero() {
		from := len(f.text)
		f.text = append(at.UTC().AppendFormat(append(f.text, '"'), timeForm), '"')
		f.since(label, from)
	}
}

func (f *fieldList) members(prefix string, list []member) {
	for _, m := range list {
		f.list = append(f.list, Field{prefix + m.name, m.value})
	}
}

// details gives each member a field of its own, and each of the parts too: some of them may be withheld.
func (r Receipt) details() (details, parts []member, err error) {
	text := r.Text
	if text == nil {
		if len(r.Details) == 0 {
			return nil, nil, nil
		}
		if text, err = canonicalJSON(r.Details); err != nil {
			return nil, nil, err
		}
	}
	if details, err = membersOf(text); err != nil {
		return nil, nil, err
	}
	for i, m := range details {
		if m.name == "parts" && len(m.members) > 0 {
			return slices.Delete(details, i, i+1), m.members, nil
		}
	}
	return details, nil, nil
}

// ParseCanonical reads what Canonical wrote; salt is zero. Errors: anything that Canonical would not write.
func ParseCanonical(text []byte) (Receipt, error) {
	var form struct {
		Fields map[string]json.RawMessage `json:"fields"`
		Form   int                        `json:"form"`
	}
	if !isCanonical(text) {
		return Receipt{}, fmt.Errorf("receipt: %w", errNotCanonical)
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	r, err := fromFields(form.Form, form.Fields)
	if err != nil {
		return Receipt{}, err
	}
	again, err := r.Canonical()
	if err != nil || string(again) != string(text) {
		return Receipt{}, fmt.Errorf("receipt: %w", errNotCanonical)
	}
	return r, nil
}

// fromFields reads fields back into a receipt. Errors: an unknown form or label, or a value of the wrong kind.
func fromFields(form int, fields map[string]json.RawMessage) (Receipt, error) {
	r := Receipt{Form: form}
	if form != Form {
		return r, fmt.Errorf("the form %d of a receipt is not known", form)
	}
	for label, value := range fields {
		if err := r.setField(label, value); err != nil {
			return r, fmt.Errorf("the field %q of a receipt: %w", label, err)
		}
	}
	return r, nil
}

func (r *Receipt) setField(label string, value json.RawMessage) error {
	if name, ok := strings.CutPrefix(label, "details/"); ok {
		return r.setDetail(name, value, false)
	}
	if name, ok := strings.CutPrefix(label, "parts/"); ok {
		return r.setDetail(name, value, true)
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return err
	}
	switch label {
	case "id", "notice", "submitter", "case", "recipient", "actor/id":
		into := map[string]*hub.ID{"id": &r.ID, "notice": &r.Notice, "submitter": &r.Submitter, "case": &r.Case,
			"recipient": &r.Recipient, "actor/id": &r.Actor.ID}
		return into[label].UnmarshalText([]byte(text))
	case "at", "recorded_at":
		at, err := time.Parse(timeForm, text)
		*map[string]*time.Time{"at": &r.At, "recorded_at": &r.RecordedAt}[label] = at
		return err
	}
	return r.setText(label, text)
}

func (r *Receipt) setText(label, text string) error {
	switch label {
	case "event":
		r.Event = hub.Event(text)
	case "capacity":
		r.Capacity = hub.Capacity(text)
	case "actor/kind":
		r.Actor.Kind = hub.ActorKind(text)
	case "actor/auth":
		r.Actor.Auth = text
	case "channel":
		r.Channel = hub.Channel(text)
	case "provider":
		r.Provider = text
	case "provider/message_id":
		r.ProviderMessageID = text
	case "provider/status":
		r.ProviderStatus = text
	case "reason":
		r.Reason = hub.Reason(text)
	case "rule":
		r.Rule = text
	case "rule/version":
		r.RuleVersion = text
	default:
		return fmt.Errorf("form %d has no such field", r.Form)
	}
	return nil
}

func (r *Receipt) setDetail(name string, value json.RawMessage, part bool) error {
	decoded, err := decodeJSON(value)
	if err != nil {
		return err
	}
	if r.Details == nil {
		r.Details = map[string]any{}
	}
	into := r.Details
	if part {
		parts, ok := r.Details["parts"].(map[string]any)
		if !ok {
			parts = map[string]any{}
			r.Details["parts"] = parts
		}
		into = parts
	}
	into[name] = decoded
	return nil
}

func idText(id hub.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(timeForm)
}
