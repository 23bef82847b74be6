package dispatch

import (
	"time"

	"eblagh/hub"
)

// notice is the answer to a paper that was just taken.
func (s *submission) notice(i int, a AcceptPaper, accepted Accepted) hub.Notice {
	n := s.describe(i, accepted.At)
	n.ID, n.Number, n.Case.ID, n.CreatedAt, n.Recipient = a.Notice, accepted.Number, accepted.Case, accepted.At, a.Recipient
	n.OnBehalfOf = a.OnBehalfOf
	n.Deliveries = []hub.Delivery{{ID: a.Inbox, Channel: hub.ChannelInbox}}
	if !a.SMS.IsZero() {
		n.Deliveries = append(n.Deliveries, hub.Delivery{ID: a.SMS, Channel: hub.ChannelSMS})
	}
	for k := range n.Deliveries {
		n.Deliveries[k].Priority, n.Deliveries[k].Status = n.Priority, hub.DeliveryPending
		n.Deliveries[k].UpdatedAt = accepted.At
	}
	if n.ArrivedAt = accepted.Placed.At; !n.ArrivedAt.IsZero() {
		n.Deliveries[0].Status = hub.DeliveryDelivered
	}
	return n
}

// cover is what a socket shows of a paper that came by itself, which need not be read again to be shown. Of many at once few
// are for somebody who is connected.
func (s *submission) cover(i int, a Accepted) *hub.LiveCover {
	if len(s.items) > 1 {
		return nil
	}
	n := s.results[i].Notice
	return &hub.LiveCover{Cursor: a.Placed.Cursor, Language: s.person(&s.items[i]).Language, Cover: hub.Cover{ID: n.ID,
		Number: n.Number, Kind: n.Kind, Branch: hub.BranchRef{ID: n.Branch.ID, Name: n.Branch.Name}, ArrivedAt: n.ArrivedAt}}
}

// again is the answer to a paper that was taken before: what it says, and how it stands now.
func (s *submission) again(i int, stand hub.Notice) hub.Notice {
	n := s.describe(i, stand.CreatedAt)
	n.ID, n.Number, n.Case.ID, n.CreatedAt, n.Recipient = stand.ID, stand.Number, stand.Case.ID, stand.CreatedAt, stand.Recipient
	n.OnBehalfOf = s.client(&s.items[i]).ID
	n.Deliveries, n.ArrivedAt, n.OpenedAt = stand.Deliveries, stand.ArrivedAt, stand.OpenedAt
	return n
}

// describe says of a notice what its paper says.
func (s *submission) describe(i int, at time.Time) hub.Notice {
	it := s.items[i]
	p := it.paper
	branch := s.resolved.Branches[it.caseKey.Branch]
	if it.caseKey.Branch == s.submitter {
		branch = s.resolved.Submitter
	}
	n := hub.Notice{Reference: p.Reference, Submitter: s.submitter, Branch: branch, Kind: p.Kind, Capacity: p.Capacity,
		Subject: p.Subject, Body: p.Body, Priority: p.Priority, NotBefore: p.NotBefore, ExpiresAt: p.ExpiresAt,
		HearingAt: p.HearingAt, Corrects: s.corrects.Notice, CreatedAt: at,
		Case: hub.Case{Branch: it.caseKey.Branch, Number: p.Case.Number, ArchiveNumber: p.Case.ArchiveNumber,
			Subject: p.Case.Subject}}
	for _, id := range p.Documents {
		doc := s.resolved.Documents[id]
		name, err := s.d.vault.OpenText(doc.FileNameCT, "documents.file_name:"+id.String())
		if err != nil {
			s.d.log.Error("a file name does not open", "document", id, "error", err)
		}
		doc.FileName = name
		n.Documents = append(n.Documents, doc.Document)
	}
	return n
}

func (s *submission) warnings(i int) []hub.Field {
	it := &s.items[i]
	return s.d.warnings(it.paper, s.person(it).Residence, s.resolved.Now)
}

// warnings are what a submitter should know of a paper that was taken all the same.
func (d *Dispatcher) warnings(p Paper, residence hub.Residence, now time.Time) []hub.Field {
	var out []hub.Field
	if !hub.ParseCaseNumber(p.Case.Number).Standard {
		out = append(out, hub.Field{Pointer: "/case/number", Code: "opaque",
			Detail: "neither an 18-digit nor a 16-digit number: kept as it is"})
	}
	service := now
	if p.NotBefore.After(now) {
		service = p.NotBefore
	}
	if field, short := d.hearing.warn(p.HearingAt, service, residence); short {
		out = append(out, field)
	}
	return out
}
