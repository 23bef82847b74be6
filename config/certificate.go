package config

import "path/filepath"

// Certificate says what certificates of service are signed with.
type Certificate struct {
	KeyFile  string `yaml:"key_file"`  // PKCS #8 in PEM, mode 0600; made at first start; empty: certificate.key in data_dir
	CertFile string `yaml:"cert_file"` // X.509 in PEM, the signer's own first; self-made at first start; empty: certificate.pem in data_dir
}

func (c *Config) fillCertificate() {
	if c.Certificate.KeyFile == "" {
		c.Certificate.KeyFile = filepath.Join(c.DataDir, "certificate.key")
	}
	if c.Certificate.CertFile == "" {
		c.Certificate.CertFile = filepath.Join(c.DataDir, "certificate.pem")
	}
}
