package seal_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"eblagh/hub/seal"
)

// A token must be made with a certificate for timestamping alone, in force at its time (RFC 3161 §2.3).
func TestCertificatesOfAuthorities(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		usages   []x509.ExtKeyUsage
		at       time.Time
		notAfter time.Time
		says     string
	}{
		"for timestamping":             {[]x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}, now, now.Add(time.Hour), ""},
		"for servers":                  {[]x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, now, now.Add(time.Hour), "not for timestamping"},
		"for both":                     {[]x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping, x509.ExtKeyUsageServerAuth}, now, now.Add(time.Hour), "not for timestamping"},
		"for nothing":                  {nil, now, now.Add(time.Hour), "not for timestamping"},
		"not yet in force at its time": {[]x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}, now.Add(-48 * time.Hour), now.Add(time.Hour), "not trusted"},
	} {
		t.Run(name, func(t *testing.T) {
			root, rootKey := certificate(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
				NotBefore: now.Add(-100 * time.Hour), NotAfter: now.Add(100 * time.Hour)}, nil, nil)
			leaf, key := certificate(t, &x509.Certificate{ExtKeyUsage: c.usages, KeyUsage: x509.KeyUsageDigitalSignature,
				NotBefore: now.Add(-24 * time.Hour), NotAfter: c.notAfter}, root, rootKey)
			digest := sha256.Sum256([]byte("checkpoint"))
			reply, err := (&timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Time: c.at, AddTSACertificate: true,
				Policy: asn1.ObjectIdentifier{1, 2, 3}}).CreateResponseWithOpts(leaf, key, crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := timestamp.ParseResponse(reply)
			if err != nil {
				t.Fatal(err)
			}
			trusted, err := seal.NewAuthorities(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = trusted.VerifyTimestamp(answer.RawToken, digest)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func certificate(t *testing.T, template, parent *x509.Certificate, parentKey crypto.Signer) (*x509.Certificate, crypto.Signer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "Demo"}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}
