package verdict

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// Authorities checks RFC 3161 tokens against the roots that the caller trusts.
type Authorities struct{ roots *x509.CertPool }

// ReadAuthorities reads root certificates in PEM. Errors: there is none in it.
func ReadAuthorities(pem []byte) (Authorities, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return Authorities{}, errors.New("no certificate of a timestamp authority in PEM")
	}
	return Authorities{roots}, nil
}

// VerifyTimestamp implements ledger.TimestampVerifier. The authority's certificate must have been valid when it signed,
// for timestamping, and lead to a trusted root.
func (a Authorities) VerifyTimestamp(token []byte, digest [32]byte) (time.Time, string, error) {
	stamp, err := timestamp.Parse(token)
	if err != nil {
		return time.Time{}, "", fmt.Errorf("token: %w", err)
	}
	if stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, digest[:]) {
		return time.Time{}, "", errors.New("the token is over another digest")
	}
	p7, err := pkcs7.Parse(token)
	if err != nil {
		return time.Time{}, "", fmt.Errorf("token: %w", err)
	}
	intermediates := x509.NewCertPool()
	for _, c := range p7.Certificates {
		intermediates.AddCert(c)
	}
	err = p7.VerifyWithOpts(x509.VerifyOptions{
		Roots: a.roots, Intermediates: intermediates, CurrentTime: stamp.Time,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return time.Time{}, "", fmt.Errorf("the authority's signature: %w", err)
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return time.Time{}, "", errors.New("the token has not exactly one signer")
	}
	return stamp.Time.UTC(), signer.Subject.CommonName, nil
}
