package sms

import (
	"encoding/json"
	"sync"
	"time"

	"eblagh/hub"
)

// outboxLimit is how many texts an Outbox remembers, the newest ones, over all phones.
const outboxLimit = 20_000

// Received is a text as it stands on a phone of the sandbox.
type Received struct {
	At     time.Time   `json:"at"`
	Text   string      `json:"text"`
	Report hub.Outcome `json:"report"` // pending, then what the provider reported
}

// Outbox reads the texts of a sandbox back. It reads the file on from where it stopped and holds a bounded number of
// texts. It is safe for concurrent use.
type Outbox struct {
	mu    sync.Mutex
	tail  tail
	most  int
	order []*kept // oldest first
	byID  map[string]*kept
	phone map[hub.Mobile][]*kept
}

type kept struct {
	Received
	id     string
	mobile hub.Mobile
}

// NewOutbox reads the file that a Sandbox with this path writes; it need not exist yet.
func NewOutbox(path string) *Outbox {
	return &Outbox{tail: tail{path: path}, most: outboxLimit, byID: map[string]*kept{}, phone: map[hub.Mobile][]*kept{}}
}

// Texts gives what a phone received, oldest first; an empty list for a phone that received nothing.
// Errors: the file cannot be read.
func (o *Outbox) Texts(mobile hub.Mobile) ([]Received, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.tail.next(o.take); err != nil {
		return nil, err
	}
	texts := make([]Received, len(o.phone[mobile]))
	for i, k := range o.phone[mobile] {
		texts[i] = k.Received
	}
	return texts, nil
}

func (o *Outbox) take(line []byte) {
	var e entry
	if json.Unmarshal(line, &e) != nil || e.MessageID == "" {
		return // torn by a crash
	}
	if e.Delivery.IsZero() {
		if k := o.byID[e.MessageID]; k != nil {
			k.Report = e.Report
		}
		return
	}
	k := &kept{Received{e.At, e.Text, e.Report}, e.MessageID, e.Mobile}
	o.order, o.byID[k.id] = append(o.order, k), k
	o.phone[k.mobile] = append(o.phone[k.mobile], k)
	if len(o.order) > o.most {
		o.forget()
	}
}

// forget drops the oldest text, which is the first of its phone as well.
func (o *Outbox) forget() {
	oldest := o.order[0]
	o.order[0], o.order = nil, o.order[1:]
	delete(o.byID, oldest.id)
	if rest := o.phone[oldest.mobile][1:]; len(rest) > 0 {
		o.phone[oldest.mobile] = rest
	} else {
		delete(o.phone, oldest.mobile)
	}
}
