package certificate

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/digitorus/pdf"
	"github.com/digitorus/pdfsign/sign"
)

// Key signs certificates. The key may live anywhere: it is asked for signatures only.
type Key struct {
	signer crypto.Signer
	chain  []*x509.Certificate // the signer's own first
}

// What can be wrong with the key's files.
var (
	ErrKeyOpen = errors.New("the key file can be read by others; it must be mode 0600")
	errKeyFile = errors.New("not a private key (PKCS #8) in PEM")
	errOther   = errors.New("the certificate is not this key's")
)

// selfSigned is how long a certificate that the program makes for itself holds.
const selfSigned = 10 * 365 * 24 * time.Hour

// OpenKey reads the key and its X.509 certificate, and makes what is not there: a key of mode 0600 and a self-signed
// certificate in the given name, which a court replaces by one of its own authority. Errors: ErrKeyOpen, and files that
// are no key or do not belong together.
func OpenKey(keyFile, certFile, name string, now time.Time) (*Key, error) {
	signer, err := readKey(keyFile)
	if errors.Is(err, fs.ErrNotExist) {
		signer, err = makeKey(keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	chain, err := readChain(certFile)
	if errors.Is(err, fs.ErrNotExist) {
		chain, err = makeChain(certFile, signer, name, now)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certFile, err)
	}
	return NewKey(signer, chain)
}

// NewKey joins a signer and its certificates, its own first. Errors: the first is not the signer's.
func NewKey(signer crypto.Signer, chain []*x509.Certificate) (*Key, error) {
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	if len(chain) == 0 || !ok || !public.Equal(chain[0].PublicKey) {
		return nil, errOther
	}
	return &Key{signer, chain}, nil
}

// Certificate is the X.509 certificate that readers check signatures against.
func (k *Key) Certificate() *x509.Certificate { return k.chain[0] }

// Sign appends a certification signature to an unsigned paper: whatever is changed afterwards, a reader says so. The
// paper's own bytes stay as they are, in front.
func (k *Key) Sign(unsigned []byte, at time.Time) ([]byte, error) {
	in := bytes.NewReader(unsigned)
	reader, err := pdf.NewReader(in, in.Size())
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var out bytes.Buffer
	err = sign.Sign(in, &out, reader, in.Size(), sign.SignData{
		Signature: sign.SignDataSignature{
			CertType: sign.CertificationSignature, DocMDPPerm: sign.DoNotAllowAnyChangesPerms,
			Info: sign.SignDataSignatureInfo{Name: ascii(k.chain[0].Subject.CommonName), Reason: "Certificate of service", Date: at},
		},
		Signer: k.signer, DigestAlgorithm: crypto.SHA256, Certificate: k.chain[0],
		CertificateChains: [][]*x509.Certificate{k.chain},
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if !bytes.HasPrefix(out.Bytes(), unsigned) {
		return nil, errors.New("sign: the paper itself was changed")
	}
	return out.Bytes(), nil
}

// ascii is what the signature's name may hold.
func ascii(text string) string {
	return string(bytes.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, []byte(text)))
}

func readKey(path string) (crypto.Signer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, ErrKeyOpen
	}
	text, err := io.ReadAll(io.LimitReader(f, 1<<16))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errKeyFile
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errKeyFile // the parser's own words could tell of the key
	}
	return signer, nil
}

func makeKey(path string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	err = writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return readKey(path)
	}
	return key, err
}

func readChain(path string) ([]*x509.Certificate, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}

// documentSigning is the extended key usage of keys that sign documents, RFC 9336.
func documentSigning() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}
}

func makeChain(path string, signer crypto.Signer, name string, now time.Time) ([]*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfSigned),
		KeyUsage:           x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		UnknownExtKeyUsage: []asn1.ObjectIdentifier{documentSigning()}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	err = writeOnce(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readChain(path)
}

// writeOnce makes a file of mode 0600 that appears whole or not at all, and replaces none.
func writeOnce(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}
