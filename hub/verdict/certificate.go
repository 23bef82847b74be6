package verdict

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// checkCertificate holds the paper against the receipts that name certificates. Signing a PDF only appends to it, so the
// first bytes of the file are the unsigned body, whose length and digest are sealed.
func checkCertificate(pdf []byte, receipts []ledger.Receipt) ledger.Check {
	check := ledger.Check{Step: StepCertificate, Outcome: ledger.Absent}
	for _, r := range receipts {
		if r.Event != hub.EventCertificateIssued {
			continue
		}
		check.Outcome = ledger.Failed
		size, digest := sealedBody(r.Details)
		if size <= 0 || size > int64(len(pdf)) {
			continue
		}
		if sum := sha256.Sum256(pdf[:size]); hex.EncodeToString(sum[:]) == digest {
			check.Outcome, check.Of = ledger.OK, r.ID.String()
			break
		}
	}
	return check
}

// sealedBody reads what the receipt of a certificate says of its unsigned body.
func sealedBody(details map[string]any) (size int64, digest string) {
	switch n := details["size"].(type) {
	case json.Number:
		size, _ = n.Int64()
	case float64:
		size = int64(n)
	}
	digest, _ = details["sha256"].(string)
	return size, digest
}
