package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"eblagh/hub"
)

// overRows walks in batches from where the audit stands. read gives the batch after a key, look looks at one row and
// gives its key.
func overRows[R any](ctx context.Context, a *run, limit int, read func(context.Context, hub.ID, int) ([]R, error),
	look func(context.Context, R) (hub.ID, error)) error {
	var after hub.ID
	if err := after.UnmarshalText([]byte(a.state.After)); err != nil {
		return fmt.Errorf("the state to go on from: %w", err)
	}
	for {
		rows, err := read(ctx, after, limit)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if after, err = look(ctx, row); err != nil {
				return err
			}
		}
		a.state.After = after.String()
		if err := a.looked(len(rows), a.report.Looked[a.state.Phase]+int64(len(rows)), 0); err != nil || len(rows) < limit {
			return err
		}
	}
}

func (a *run) walkReceipts(ctx context.Context) error {
	return overRows(ctx, a, rowStep, a.o.Store.Receipts, func(_ context.Context, r ReceiptRow) (hub.ID, error) {
		of := r.ID.String()
		if !r.Sealed && a.head.N > 0 && a.now.Sub(r.RecordedAt) > a.o.Limit {
			a.found(ReceiptUnsealed, of, "it was recorded at %s and is not in the log", r.RecordedAt.UTC().Format(timeForm))
		}
		if !r.Noticed {
			a.found(ReceiptOfNoNotice, of, "the notice that it is of is not there")
		}
		switch {
		case r.Event == hub.EventContentConsignment && !r.RowAt.Equal(r.At):
			a.found(ArrivalMissing, of, "it proves an arrival at %s that no inbox has", r.At.UTC().Format(timeForm))
		case r.Event == hub.EventContentHandover && !r.RowAt.Equal(r.At):
			a.found(OpeningMissing, of, "it proves an opening at %s that is not recorded so", r.At.UTC().Format(timeForm))
		}
		return r.ID, nil
	})
}

const timeForm = "2006-01-02T15:04:05.000000Z"

func (a *run) walkArrivals(ctx context.Context) error {
	var last ArrivalKey
	if err := last.Recipient.UnmarshalText([]byte(a.state.After)); err != nil {
		return fmt.Errorf("the state to go on from: %w", err)
	}
	last.Cursor = a.state.Cursor
	for {
		rows, err := a.o.Store.Arrivals(ctx, last, rowStep)
		if err != nil {
			return err
		}
		for _, r := range rows {
			want := int64(1)
			if r.Recipient == last.Recipient {
				want = last.Cursor + 1
			}
			if r.Cursor != want {
				a.found(ArrivalGap, r.Notice.String(), "arrival %d of its inbox comes where %d should be", r.Cursor, want)
			}
			if !r.Proven {
				a.found(ArrivalUnproven, r.Notice.String(), "no receipt proves its arrival at that moment")
			}
			last = ArrivalKey{r.Recipient, r.Cursor}
		}
		a.state.After, a.state.Cursor = last.Recipient.String(), last.Cursor
		err = a.looked(len(rows), a.report.Looked[PhaseArrivals]+int64(len(rows)), 0)
		if err != nil || len(rows) < rowStep {
			return err
		}
	}
}

func (a *run) walkOpenings(ctx context.Context) error {
	return overRows(ctx, a, rowStep, a.o.Store.Openings, func(_ context.Context, r OpeningRow) (hub.ID, error) {
		if !r.Proven {
			a.found(OpeningUnproven, r.Notice.String(), "no receipt proves its opening at that moment")
		}
		return r.Notice, nil
	})
}

// walkNotices holds texts and documents of each notice against the digests that were sealed when it was accepted.
func (a *run) walkNotices(ctx context.Context) error {
	return overRows(ctx, a, rowStep, a.o.Store.Notices, func(_ context.Context, n NoticeRow) (hub.ID, error) {
		of := n.ID.String()
		if !n.Accepted {
			a.found(NoticeUnproven, of, "no receipt says that it was accepted")
			return n.ID, nil
		}
		for _, part := range []struct {
			name, want string
			ct         []byte
		}{{"subject", n.Subject, n.SubjectCT}, {"body", n.Body, n.BodyCT}} {
			if got, err := a.digest(part.ct, "notices."+part.name+":"+of); err != nil || got != part.want {
				a.found(NoticeChanged, of, "its %s is not what was accepted", part.name)
			}
		}
		if !slices.Equal(n.Documents, n.Sealed) {
			a.found(NoticeChanged, of, "its documents are not those that were accepted")
		}
		return n.ID, nil
	})
}

// digest is the SHA-256 of what a ciphertext holds, "" for none.
func (a *run) digest(ct []byte, context string) (string, error) {
	if ct == nil {
		return "", nil
	}
	plain, err := a.o.Vault.Open(ct, context)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:]), nil
}

func (a *run) walkDocuments(ctx context.Context) error {
	return overRows(ctx, a, docStep, a.o.Store.Documents, func(ctx context.Context, d DocumentRow) (hub.ID, error) {
		of := d.ID.String()
		switch {
		case !d.ErasedAt.IsZero():
			a.found(ErasedByLaw, of, "deleted by law on %s (%s); its digest and receipts stay", d.ErasedAt.UTC().Format("2006-01-02"), d.Basis)
			if !d.Proven {
				a.found(ErasureUnproven, of, "no receipt says that it was erased")
			}
			if d.Present {
				a.found(DocumentChanged, of, "it was erased, and has bytes again")
			}
			return d.ID, nil
		case !d.Present && d.Served:
			a.found(DocumentMissing, of, "its bytes are not there, and were not erased by law")
			return d.ID, nil
		case !d.Present:
			a.found(DocumentIdle, of, "its bytes never came, and no notice carries it")
			return d.ID, nil
		}
		return d.ID, a.checkBytes(ctx, d)
	})
}

// checkBytes reads a document whole. A store that is away is no finding.
func (a *run) checkBytes(ctx context.Context, d DocumentRow) error {
	doc := hub.Document{ID: d.ID, Size: d.Size}
	copy(doc.SHA256[:], d.SHA256)
	content, err := a.o.Bytes.Bytes(ctx, doc)
	switch {
	case err == nil && int64(len(content)) != d.Size:
		a.found(DocumentChanged, d.ID.String(), "it has %d bytes, not %s", len(content), strconv.FormatInt(d.Size, 10))
	case err == nil:
	case hub.CodeOf(err) == hub.CodeOverloaded, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case hub.CodeOf(err) == hub.CodeNotFound:
		a.found(DocumentMissing, d.ID.String(), "its bytes went away during the audit")
	default:
		a.found(DocumentChanged, d.ID.String(), "%v", err)
	}
	return nil
}

func (a *run) walkCertificates(ctx context.Context) error {
	return overRows(ctx, a, docStep, a.o.Store.Certificates, func(_ context.Context, c CertificateRow) (hub.ID, error) {
		of := c.ID.String()
		pdf, err := a.o.Vault.Open(c.PDF, "certificates.pdf:"+of)
		if err != nil || c.SHA256 == "" || c.Size <= 0 || c.Size > int64(len(pdf)) {
			a.found(CertificateFalse, of, "it does not open, or no receipt names it")
			return c.ID, nil
		}
		if sum := sha256.Sum256(pdf[:c.Size]); hex.EncodeToString(sum[:]) != c.SHA256 {
			a.found(CertificateFalse, of, "it is not the paper whose digest was sealed")
		}
		return c.ID, nil
	})
}
