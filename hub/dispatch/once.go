package dispatch

import (
	"context"
	"errors"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Key is an idempotency key that rides with the paper of its call: it is taken, and the answer kept, under the commit that
// accepts the paper.
type Key struct {
	Owner   hub.ID
	Key     string
	Request []byte // SHA-256, names the call over all its retries
	// Answer makes the answer to a paper that is about to be accepted, sealed, with its status. When what it is made of is
	// not accepted after all, it is called anew.
	Answer func(Result) (status int, sealed []byte)
}

// ErrKeyTaken says that the key belongs to a call that came before. Nothing was done.
var ErrKeyTaken = errors.New("the idempotency key is taken")

// SubmitOnce is Submit of one paper under a key. kept says that the answer which key.Answer made is durable with the
// notice; otherwise, as with a refusal or a draft, nothing is kept yet. Errors: also ErrKeyTaken.
func (d *Dispatcher) SubmitOnce(ctx context.Context, p access.Principal, paper Paper, key Key) (r Result, kept bool, err error) {
	s, err := d.submission(p, []Paper{paper}, key.Request)
	if err != nil {
		return r, false, err
	}
	s.key = &key
	results, err := s.take(ctx)
	if err != nil {
		return r, false, err
	}
	return results[0], s.kept, nil
}

// KeptAnswer is a key on its way into the store, with what is kept under it.
type KeptAnswer struct {
	Owner   hub.ID
	Key     string
	Request []byte
	// Answer gives what is kept once it is known what becomes of the papers; nil: nothing, and the key stays free.
	Answer func([]Accepted) (status int, sealed []byte)
}

// ride has the key of the call taken with its paper, if the paper is accepted as a new one.
func (s *submission) ride() *KeptAnswer {
	if s.key == nil {
		return nil
	}
	return &KeptAnswer{Owner: s.key.Owner, Key: s.key.Key, Request: s.key.Request, Answer: func(accepted []Accepted) (status int, sealed []byte) {
		s.settle(accepted)
		if s.kept = len(s.replays) == 0 && s.results[0].Err == nil; s.kept {
			status, sealed = s.key.Answer(s.results[0])
		}
		return status, sealed
	}}
}
