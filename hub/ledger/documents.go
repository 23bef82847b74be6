package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
)

// checkDocuments holds the documents of the bundle against those that the receipts carry, and those that the caller has
// against both. A receipt that does not hold is no ground.
func (v *verifying) checkDocuments() {
	listed := map[string]bool{}
	for _, d := range v.bundle.Documents {
		listed[hex.EncodeToString(d.SHA256)] = true
	}
	served, shown := v.servedDocuments()
	switch {
	case !shown:
		v.add(Absent, StepDocuments, "", "no receipt that holds shows the digests of the documents")
	case !maps.Equal(listed, served):
		v.add(Failed, StepDocuments, "", "the bundle lists other documents than the receipts")
	default:
		v.add(OK, StepDocuments, "", "%d documents, with the digests that the receipts carry", len(served))
	}
	given := map[string]bool{}
	for _, d := range v.options.Documents {
		digest := hex.EncodeToString(d.SHA256[:])
		given[digest] = true
		switch {
		case served[digest]:
			v.add(OK, StepDocument, d.Name, "it is, byte by byte, a document that was served: %s", digest)
		case !shown:
			v.add(Absent, StepDocument, d.Name, "there is no digest to hold it against")
		default:
			v.add(Failed, StepDocument, d.Name, "it is none of the documents that were served: its digest is %s", digest)
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(served)) {
		if !given[digest] {
			v.add(Absent, StepDocument, digest, "the document itself was not given")
		}
	}
}

// servedDocuments gathers the digests from the receipts that hold. Receipts of one notice carry the same.
func (v *verifying) servedDocuments() (served map[string]bool, shown bool) {
	served = map[string]bool{}
	held := map[string]bool{}
	for _, r := range v.Receipts {
		held[idText(r.ID)] = true
	}
	var first json.RawMessage
	for _, r := range v.bundle.Receipts {
		value, ok := r.Fields["parts/documents"]
		var list []string
		var id string
		_ = json.Unmarshal(r.Fields["id"], &id)
		if !ok || !held[id] || json.Unmarshal(value, &list) != nil {
			continue
		}
		if shown && !bytes.Equal(first, value) {
			v.add(Failed, StepDocuments, id, "this receipt carries other digests than the first")
		}
		if !shown {
			first = value
		}
		shown = true
		for _, digest := range list {
			served[digest] = true
		}
	}
	return served, shown
}
