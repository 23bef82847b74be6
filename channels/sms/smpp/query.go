package smpp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

var errAway = errors.New("the message centre is away")

// Query asks what became of messages with query_sm, SMPP 3.4 §4.8, as many at once as the windows allow. Those that the
// message centre does not know any more, or that are still under way, have no report.
func (p *Provider) Query(ctx context.Context, messages []string) ([]hub.Report, error) {
	var (
		mu      sync.Mutex
		reports []hub.Report
		fault   error
		all     sync.WaitGroup
	)
	turns := make(chan struct{}, p.places())
	away := func() bool { mu.Lock(); defer mu.Unlock(); return errors.Is(fault, errAway) }
	for _, id := range messages {
		if turns <- struct{}{}; away() {
			break
		}
		all.Go(func() {
			defer func() { <-turns }()
			r, final, err := p.query(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			if final {
				reports = append(reports, r)
			}
			if fault == nil {
				fault = err
			}
		})
	}
	all.Wait()
	return reports, fault
}

func (p *Provider) query(ctx context.Context, id string) (r hub.Report, final bool, err error) {
	from, err := source(p.o.Sender)
	if err != nil {
		return r, false, err
	}
	l := p.pool.take(ctx, p.o.Patience, false)
	if l == nil {
		return r, false, errAway
	}
	defer p.pool.giveBack(l)
	request := pdu.NewQuerySM().(*pdu.QuerySM)
	request.MessageID, request.SourceAddr = id, from
	f, err := l.ask(ctx, marshal(request), nil)
	if err != nil {
		return r, false, fmt.Errorf("query_sm: %w", err)
	}
	answer, ok := f.body.(*pdu.QuerySMResp)
	if !ok || f.CommandStatus != data.ESME_ROK {
		return r, false, nil // it knows no such message, or cannot tell
	}
	word := stateWords[answer.MessageState]
	v := states[word]
	r = hub.Report{Provider: p.o.Name, MessageID: id, Outcome: v.outcome, Reason: v.reason, At: finalDate(answer.FinalDate),
		Raw: fmt.Appendf(nil, "query_sm message_id:%s message_state:%s error_code:%d", id, word, answer.ErrorCode)}
	return r, v.outcome == hub.OutcomeDelivered || v.outcome == hub.OutcomeRejected, nil
}

// finalDate reads YYMMDDhhmmsstnnp, SMPP 3.4 §7.1.1: p is + or -, nn the quarter hours from UTC. The zero time when it is
// no such.
func finalDate(text string) time.Time {
	if len(text) != 16 || text[15] != '+' && text[15] != '-' {
		return time.Time{}
	}
	quarters, err := strconv.Atoi(text[13:15])
	if err != nil || quarters > 48 {
		return time.Time{}
	}
	if text[15] == '-' {
		quarters = -quarters
	}
	at, err := time.ParseInLocation("060102150405", text[:12], time.FixedZone("", quarters*15*60))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
