package verdict_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"eblagh/hub/verdict"
)

// authority is a timestamp authority of the tests' own.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(usage x509.ExtKeyUsage, from, to time.Time) authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Sample authority"},
		NotBefore: from, NotAfter: to, ExtKeyUsage: []x509.ExtKeyUsage{usage}, BasicConstraintsValid: true}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return authority{key, must(x509.ParseCertificate(der))}
}

// stamp gives a token, as RFC 3161 §2.4.2 has it inside a response.
func (a authority) stamp(digest [32]byte, at time.Time) []byte {
	reply := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Time: at, Policy: []int{1, 2, 3, 4},
		AddTSACertificate: true}
	response := must(reply.CreateResponseWithOpts(a.cert, a.key, crypto.SHA256))
	return must(timestamp.ParseResponse(response)).RawToken
}

func (a authority) roots() verdict.Authorities {
	return must(verdict.ReadAuthorities(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})))
}

// RFC 3161: a token counts if a trusted authority made it for timestamping, while its certificate held, over this digest.
func TestTimestampCountsOnlyFromTrustedAuthorities(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Second) // the library writes its own time into the signature
	good := newAuthority(x509.ExtKeyUsageTimeStamping, at.Add(-time.Hour), at.Add(time.Hour))
	digest := sha256.Sum256([]byte("checkpoint"))
	when, who, err := good.roots().VerifyTimestamp(good.stamp(digest, at), digest)
	if err != nil || !when.Equal(at) || who != "Sample authority" {
		t.Fatalf("%s %q %v", when, who, err)
	}
	other := newAuthority(x509.ExtKeyUsageTimeStamping, at.Add(-time.Hour), at.Add(time.Hour))
	server := newAuthority(x509.ExtKeyUsageServerAuth, at.Add(-time.Hour), at.Add(time.Hour))
	for name, c := range map[string]struct {
		roots  verdict.Authorities
		token  []byte
		digest [32]byte
	}{
		"an authority nobody trusts":       {good.roots(), other.stamp(digest, at), digest},
		"another digest":                   {good.roots(), good.stamp(sha256.Sum256([]byte("other")), at), digest},
		"not for timestamping":             {server.roots(), server.stamp(digest, at), digest},
		"after its certificate had ended":  {good.roots(), good.stamp(digest, at.Add(2*time.Hour)), digest},
		"before its certificate had begun": {good.roots(), good.stamp(digest, at.Add(-2*time.Hour)), digest},
		"no token":                         {good.roots(), []byte("hello"), digest},
	} {
		if _, _, err := c.roots.VerifyTimestamp(c.token, c.digest); err == nil {
			t.Errorf("%s: it counts", name)
		}
	}
	if _, err := verdict.ReadAuthorities([]byte("no PEM")); err == nil {
		t.Error("roots without a certificate were taken")
	}
}
