package seal

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// Authorities are the timestamping authorities that are trusted, by the roots of their certificates. They implement
// ledger.TimestampVerifier.
type Authorities struct{ roots *x509.CertPool }

// NewAuthorities reads root certificates in PEM. Errors: there is none.
func NewAuthorities(pem []byte) (*Authorities, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM here")
	}
	return &Authorities{pool}, nil
}

// VerifyTimestamp implements ledger.TimestampVerifier: an RFC 3161 token over exactly this SHA-256, signed under a
// certificate for timestamping that a trusted root vouched for at the time that the token says.
func (a *Authorities) VerifyTimestamp(token []byte, digest [32]byte) (time.Time, string, error) {
	stamp, signer, err := readToken(token, digest)
	if err != nil {
		return time.Time{}, "", err
	}
	between := x509.NewCertPool()
	for _, c := range stamp.Certificates {
		between.AddCert(c)
	}
	_, err = signer.Verify(x509.VerifyOptions{Roots: a.roots, Intermediates: between, CurrentTime: stamp.Time,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	if err != nil {
		return time.Time{}, "", fmt.Errorf("the authority is not trusted: %w", err)
	}
	return stamp.Time.UTC(), signer.Subject.String(), nil
}

// oidTSTInfo is id-ct-TSTInfo, RFC 3161 §2.4.2.
var oidTSTInfo = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}

// readToken checks what can be checked without trust: the signature, what it is over, and that its certificate is for
// timestamping and nothing else (RFC 3161 §2.3).
func readToken(token []byte, digest [32]byte) (*timestamp.Timestamp, *x509.Certificate, error) {
	stamp, err := timestamp.Parse(token)
	if err != nil {
		return nil, nil, fmt.Errorf("not an RFC 3161 token: %w", err)
	}
	if stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, digest[:]) {
		return nil, nil, errors.New("it is over something else")
	}
	signed, err := pkcs7.Parse(token)
	if err != nil {
		return nil, nil, fmt.Errorf("not an RFC 3161 token: %w", err)
	}
	signer := signed.GetOnlySigner()
	if signer == nil {
		return nil, nil, errors.New("it does not carry the certificate of its one signer")
	}
	if err := signed.Verify(); err != nil {
		return nil, nil, fmt.Errorf("its signature: %w", err)
	}
	var content asn1.ObjectIdentifier
	if err := signed.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &content); err != nil || !content.Equal(oidTSTInfo) {
		return nil, nil, errors.New("what is signed is no timestamp")
	}
	if len(signer.ExtKeyUsage) != 1 || signer.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(signer.UnknownExtKeyUsage) > 0 {
		return nil, nil, errors.New("its certificate is not for timestamping")
	}
	return stamp, signer, nil
}
