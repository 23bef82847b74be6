package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/linxGnu/gosmpp"
	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/channels/sms/smpp/smsctest"
)

const (
	smscBinds, smscWindow = 2, 50
	smscPassword          = "hunter2"
)

// measureTexts: how fast texts that wait go out over SMPP, each with its attempt and its outcome stored, against the
// client library alone and the same message centre, which takes everything at once.
func measureTexts(ctx context.Context, b *bench) ([]row, error) {
	texts := b.size(50_000, 10_000)
	centre, err := smsctest.Listen("127.0.0.1:0", func(err error) { b.log.Error("message centre", "error", err) })
	if err != nil {
		return nil, err
	}
	defer centre.Stop()
	centre.Password = smscPassword
	r, err := b.newRig(ctx, "api,worker,live,seal", fmt.Sprintf(`EBLAGH_SMS_PROVIDERS=[{name: centre, kind: smpp, smpp: {addr: '%s',
		system_id: eblagh, password: %s, binds: %d, window: %d}}]`, centre.Addr(), smscPassword, smscBinds, smscWindow))
	if err != nil {
		return nil, err
	}
	defer r.stop()
	rate, parts, err := r.drainTexts(ctx, centre, texts)
	if err != nil {
		return nil, err
	}
	raw, err := rawTexts(centre.Addr(), parts)
	if err != nil {
		return nil, err
	}
	return []row{atLeast("SMS drain over SMPP, with attempts and outcomes, against the client library alone", "parts/s", rate, raw, 0.3)}, nil
}

// drainTexts holds the channel while papers arrive, lets go, and gives the parts a second until every text has its outcome.
func (r *rig) drainTexts(ctx context.Context, centre *smsctest.Centre, texts int) (rate float64, parts int, err error) {
	people, err := r.people(ctx, 1000, false)
	if err != nil {
		return 0, 0, err
	}
	if _, err := r.sql.Exec(ctx, `UPDATE persons SET language = 'en'`); err != nil { // texts of one part
		return 0, 0, err
	}
	hold, err := r.holdTexts(ctx)
	if err != nil {
		return 0, 0, err
	}
	client := newClient(4)
	err = crowd(4, texts/1000, func(i int) error {
		body, err := batch("text", i*1000, 1000, people)
		if err != nil {
			return err
		}
		return r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, body, nil, "Idempotency-Key", fmt.Sprint("text-", i))
	})
	if err != nil {
		return 0, 0, err
	}
	if err := r.none(ctx, 5*time.Minute, "not everything arrived", unfinished); err != nil {
		return 0, 0, err
	}
	before, began := centre.Taken(), time.Now()
	if err := r.release(ctx, hold); err != nil {
		return 0, 0, err
	}
	// Not before all are there is the database asked: that is not what is measured.
	err = r.until(ctx, 10*time.Minute, "not every text went out", func() (bool, error) { return centre.Taken() >= before+texts, nil })
	if err != nil {
		return 0, 0, err
	}
	err = r.none(ctx, time.Minute, "not every text has its outcome",
		`SELECT count(*) FROM (SELECT FROM deliveries WHERE channel = 'sms' AND notice IS NOT NULL AND status IN ('pending', 'queued', 'sending', 'held') LIMIT 1) d`)
	if err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	parts = centre.Taken() - before
	if sent, err := r.count(ctx, `SELECT count(*) FROM attempts WHERE outcome = 'accepted'`); err != nil || sent < int64(texts) || parts < texts {
		return 0, 0, fmt.Errorf("%d texts and %d parts of %d went out: %w", sent, parts, texts, err)
	}
	return float64(parts) / took.Seconds(), parts, nil
}

// holdTexts keeps texts from starting, as the operator.
func (r *rig) holdTexts(ctx context.Context) (string, error) {
	var hold struct{ ID string }
	err := r.operate(ctx, http.MethodPost, "/v1/holds", map[string]string{"channel": "sms", "reason": "measuring"}, &hold)
	return hold.ID, err
}

func (r *rig) release(ctx context.Context, hold string) error {
	return r.operate(ctx, http.MethodDelete, "/v1/holds/"+hold, nil, nil)
}

// rawTexts sends as many parts with the library alone, over as many binds with as many under way, and gives parts a second.
func rawTexts(addr string, parts int) (float64, error) {
	slots := make(chan struct{}, smscBinds*smscWindow)
	settings := gosmpp.Settings{ReadTimeout: time.Minute, OnPDU: func(p pdu.PDU, _ bool) {
		if _, ok := p.(*pdu.SubmitSMResp); ok {
			<-slots
		}
	}}
	var sessions []*gosmpp.Session
	for range smscBinds {
		auth := gosmpp.Auth{SMSC: addr, SystemID: "eblagh", Password: smscPassword}
		session, err := gosmpp.NewSession(gosmpp.TRXConnector(gosmpp.NonTLSDialer, auth), settings, -1)
		if err != nil {
			return 0, err
		}
		defer session.Close()
		sessions = append(sessions, session)
	}
	began := time.Now()
	for i := range parts {
		p, ok := pdu.NewSubmitSM().(*pdu.SubmitSM)
		if !ok {
			return 0, fmt.Errorf("the library makes another PDU")
		}
		if err := p.Message.SetMessageWithEncoding("You have a new judicial notice. Open the inbox to read it.", data.GSM7BIT); err != nil {
			return 0, err
		}
		_ = p.DestAddr.SetAddress(fmt.Sprintf("98990%07d", i%1000))
		slots <- struct{}{}
		if err := sessions[i%smscBinds].Transceiver().Submit(p); err != nil {
			return 0, err
		}
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
	return float64(parts) / time.Since(began).Seconds(), nil
}

// operate calls as the operator.
func (r *rig) operate(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return r.call(ctx, r.dev.Keys["operator"], method, path, body, out)
}
