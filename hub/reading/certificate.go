package reading

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Certified is what a certificate says of a paper besides its receipts: the facts of the notice, without a word of its
// subject or body, and who it is for.
type Certified struct {
	Notice    hub.Notice
	Addressee hub.Recipient
	By        hub.Actor // who asked, in the role by which they may
}

// Certified gives what a certificate of a notice needs: to its submitter's side, to its addressee, who must have opened it
// before, and from then on to counsel who may read it. Counsel on whom a paper is served is its addressee. Errors: unauthorized, forbidden, not-found; wrong-state before the addressee opened it.
func (r *Reader) Certified(ctx context.Context, p access.Principal, notice hub.ID) (Certified, error) {
	if _, err := access.May(p, access.CertificateRead); err != nil {
		return Certified{}, err
	}
	var paper Paper
	var addressee SealedRecipient
	var by hub.Actor
	err := r.store.ReadAs(ctx, p, func(v View) error {
		var err error
		if paper, err = certifiable(ctx, v, p, notice); err != nil {
			return err
		}
		n := paper.Notice
		counsel, err := counselIn(ctx, v, p, n.Case.ID)
		if err != nil {
			return err
		}
		d, err := access.Decide(p, access.CertificateRead, counsel.object(n.Case.ID, n.Recipient, n.Submitter, !n.OpenedAt.IsZero()))
		if err != nil {
			return err
		}
		by = p.ActorUnder(d)
		if addressee, err = v.Addressee(ctx, paper.Notice.Recipient); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.CertificateRead, notice, 1)
	})
	if err != nil {
		return Certified{}, err
	}
	n, err := r.unseal(paper)
	if err != nil {
		return Certified{}, err
	}
	n.Subject, n.Body, n.Case.Subject = "", "", ""
	person, err := r.unsealRecipient(addressee)
	return Certified{Notice: n, Addressee: person, By: by}, err
}

// certifiable finds the paper: as its submitter, else in the inbox of who asks, else as counsel.
func certifiable(ctx context.Context, v View, p access.Principal, notice hub.ID) (Paper, error) {
	papers, err := v.Submitted(ctx, []hub.ID{notice})
	if err != nil {
		return Paper{}, err
	}
	if len(papers) > 0 && !waitsFor(p, papers[0]) {
		return papers[0], nil
	}
	if p.Addressee().IsZero() {
		return Paper{}, hub.ErrNotFound
	}
	paper, err := v.Item(ctx, p.Addressee(), notice)
	if hub.CodeOf(err) == hub.CodeNotFound && p.Holds(hub.RoleLawyer) {
		if papers, err = v.CasePapers(ctx, NoticesOf{Notices: []hub.ID{notice}, Each: 1}); err == nil && len(papers) > 0 {
			return papers[0], nil
		}
		if err == nil {
			err = hub.ErrNotFound
		}
	}
	if err == nil && paper.Notice.OpenedAt.IsZero() {
		err = hub.Refuse(hub.CodeWrongState, "this paper has not been opened yet")
	}
	return paper, err
}

// unsealRecipient opens a person's names and national id.
func (r *Reader) unsealRecipient(s SealedRecipient) (hub.Recipient, error) {
	person := hub.Recipient{ID: s.ID, Kind: s.Kind}
	var id string
	for _, field := range []struct {
		column string
		ct     []byte
		into   *string
	}{
		{"national_id", s.NationalID, &id}, {"given_name", s.GivenName, &person.GivenName},
		{"family_name", s.FamilyName, &person.FamilyName}, {"name", s.Name, &person.Name},
	} {
		var err error
		if *field.into, err = r.vault.OpenText(field.ct, "persons."+field.column+":"+s.ID.String()); err != nil {
			return hub.Recipient{}, fmt.Errorf("person %s: %w", s.ID, err)
		}
	}
	person.NationalID = hub.NationalID(id)
	return person, nil
}
