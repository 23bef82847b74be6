package api

import (
	"time"

	"eblagh/hub"
)

// NoticeLadder is how far the informing of an unopened notice has come, beyond its arrival.
type NoticeLadder struct {
	Done   []RungDone  `json:"done"`
	Next   string      `json:"next,omitempty" doc:"the rung that waits"`
	NextAt *time.Time  `json:"next_at,omitempty"`
	Task   *NoticeTask `json:"officer_task,omitempty"`
}

// RungDone is a rung that the notice has climbed.
type RungDone struct {
	Rung     string    `json:"rung"`
	At       time.Time `json:"at"`
	Delivery string    `json:"delivery_id,omitempty" format:"uuid" doc:"the text that it sent"`
	Task     string    `json:"officer_task_id,omitempty" format:"uuid" doc:"the officer's task that it made"`
	Reason   string    `json:"reason,omitempty" doc:"why it could do neither"`
}

// NoticeTask is the officer's task of a notice, as its submitter follows it.
type NoticeTask struct {
	ID         string          `json:"id" format:"uuid"`
	State      string          `json:"state" enum:"open,taken,returned,withdrawn"`
	CreatedAt  time.Time       `json:"created_at"`
	DueAt      time.Time       `json:"due_at"`
	TakenBy    string          `json:"taken_by,omitempty" format:"uuid"`
	TakenAt    *time.Time      `json:"taken_at,omitempty"`
	ReturnedAt *time.Time      `json:"returned_at,omitempty"`
	Withdrawn  *time.Time      `json:"withdrawn_at,omitempty"`
	Reason     string          `json:"reason,omitempty" doc:"why it was withdrawn"`
	Returns    []OfficerReturn `json:"returns" doc:"oldest first; the last one counts"`
}

// viewLadder is nil where nothing of a ladder is known: in lists, before the arrival, and for the addressee.
func viewLadder(c hub.Climb) *NoticeLadder {
	if len(c.Done) == 0 && c.Next == "" && c.Task.ID.IsZero() {
		return nil
	}
	out := &NoticeLadder{Done: make([]RungDone, len(c.Done)), Next: c.Next, NextAt: moment(c.NextAt)}
	for i, d := range c.Done {
		out.Done[i] = RungDone{d.Name, d.At.UTC(), idText(d.Delivery), idText(d.Task), string(d.Reason)}
	}
	if t := c.Task; !t.ID.IsZero() {
		out.Task = &NoticeTask{t.ID.String(), string(t.State), t.CreatedAt.UTC(), t.DueAt.UTC(), idText(t.TakenBy),
			moment(t.TakenAt), moment(t.ReturnedAt), moment(t.WithdrawnAt), string(t.Reason), make([]OfficerReturn, len(t.Returns))}
		for i, r := range t.Returns {
			out.Task.Returns[i] = viewReturn(r)
		}
	}
	return out
}
