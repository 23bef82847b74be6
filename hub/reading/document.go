package reading

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Document gives a document of an opened notice, with its bytes: to its addressee, to who acts for them, and to their
// counsel.
// Errors: unauthorized, forbidden, and not-found for all else: not theirs, not opened, not of this notice.
func (r *Reader) Document(ctx context.Context, p access.Principal, notice, document hub.ID) (hub.Document, []byte, error) {
	if _, err := access.May(p, access.DocumentRead); err != nil {
		return hub.Document{}, nil, err
	}
	var sealed SealedDocument
	err := r.store.ReadAs(ctx, p, func(v View) error {
		var err error
		if sealed, err = v.OpenedDocument(ctx, notice, document); err != nil {
			return err
		}
		counsel, err := counselIn(ctx, v, p, sealed.Case)
		if err != nil {
			return err
		}
		d, err := access.Decide(p, access.DocumentRead, counsel.object(sealed.Case, sealed.Recipient, hub.ID{}, true))
		if err != nil {
			return err
		}
		if err := r.track(ctx, v, p, d, Access{Notice: notice, Part: document}); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.DocumentRead, document, 1)
	})
	if err != nil {
		return hub.Document{}, nil, err
	}
	doc, err := r.unsealDocument(sealed)
	if err != nil {
		return hub.Document{}, nil, err
	}
	bytes, err := r.bytes.Bytes(ctx, doc) // after the look was committed: what is not recorded is not shown
	if err != nil {
		return hub.Document{}, nil, err
	}
	return doc, bytes, nil
}
