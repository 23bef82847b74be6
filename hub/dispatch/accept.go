package dispatch

import (
	"context"
	"fmt"
	"slices"

	"eblagh/hub"
)

// accept writes what was judged good. Only after its commit does anybody hear of it.
func (s *submission) accept(ctx context.Context) error {
	if len(s.intake.Papers) > 0 {
		accepted, err := s.write(ctx)
		if err != nil {
			return err
		}
		s.settle(accepted)
	}
	s.answerTwins()
	return nil
}

// write writes into the room that there is. After an error everything may have been written.
func (s *submission) write(ctx context.Context) ([]Accepted, error) {
	n := len(s.intake.Papers)
	written, err := s.d.room.Take(n)
	if err != nil {
		return nil, err
	}
	defer func() { written(n) }()
	accepted, err := s.d.store.Accept(ctx, s.intake, number)
	if err != nil {
		return nil, fmt.Errorf("accept papers: %w", err)
	}
	for i, a := range accepted {
		if !a.Taken.Notice.IsZero() || !a.Placed.At.IsZero() && s.intake.Papers[i].SMS.IsZero() {
			n-- // it was there before, or nothing of it waits
		}
	}
	return accepted, nil
}

func (s *submission) answerTwins() {
	for i, first := range s.twins {
		s.results[i].Err = duplicate(s.twinNotice(first))
		s.results[i].Err.Draft = s.results[first].Draft.ID
		if refused := s.results[first].Err; refused != nil {
			s.results[i].Err.Draft = refused.Draft
		}
	}
}

// settle makes results of what became of the papers.
func (s *submission) settle(accepted []Accepted) {
	s.arrived = nil
	for row, a := range accepted {
		s.settleOne(s.index[row], s.intake.Papers[row], a)
	}
}

func (s *submission) settleOne(i int, paper AcceptPaper, a Accepted) {
	switch {
	case a.Taken.Notice.IsZero():
		s.results[i].Notice = s.notice(i, paper, a)
		if !a.Placed.At.IsZero() {
			s.arrived = append(s.arrived, Arrived{Arrival: a.Placed, Priority: paper.Paper.Priority, Due: a.At,
				Live: slices.Contains(paper.Paper.Channels, hub.ChannelLive), Texts: !paper.SMS.IsZero(), Cover: s.cover(i, a)})
		}
		s.results[i].Warnings = s.warnings(i)
	case a.Taken.is(s.items[i].request):
		s.replays[i] = a.Taken.Notice
	default:
		s.results[i].Err = duplicate(a.Taken.Notice)
	}
}

// twinNotice is the notice that holds the reference which an earlier paper of this call claimed.
func (s *submission) twinNotice(first int) hub.ID {
	if id, ok := s.replays[first]; ok {
		return id
	}
	if s.results[first].Err != nil {
		return s.results[first].Err.Notice
	}
	return s.results[first].Notice.ID
}

func duplicate(first hub.ID) *hub.Error {
	return &hub.Error{Code: hub.CodeDuplicateReference, Detail: "this reference was used before", Notice: first,
		Fields: []hub.Field{{Pointer: "/reference", Code: "taken", Detail: "a reference is unique for ever"}}}
}
