package reading

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Document gives a document of a notice that the person who asks has opened, with its bytes.
// Errors: unauthorized, forbidden, and not-found for all else: not theirs, not opened, not of this notice.
func (r *Reader) Document(ctx context.Context, p access.Principal, notice, document hub.ID) (hub.Document, []byte, error) {
	d, err := access.Decide(p, access.DocumentRead, access.Object{Person: p.PersonID()})
	if err != nil {
		return hub.Document{}, nil, err
	}
	var sealed SealedDocument
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if sealed, err = v.OpenedDocument(ctx, p.PersonID(), notice, document); err != nil {
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
