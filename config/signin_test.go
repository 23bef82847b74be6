package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const provider = `sign_in: {oidc: {issuer: "https://id.example/realms/staff", client_id: eblagh, client_secret: s3cret, name_fa: "درگاه", name_en: "Portal"}}`

func TestOIDCReadsItsSecretFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, "public_url: https://hub.example\n"+strings.Replace(provider, "client_secret: s3cret", "client_secret_file: "+path, 1))
	want := OIDC{Issuer: "https://id.example/realms/staff", ClientID: "eblagh", ClientSecret: "s3cret", ClientSecretFile: path, NameFa: "درگاه", NameEn: "Portal"}
	if err != nil || got.SignIn.OIDC != want {
		t.Errorf("%+v, %v", got.SignIn.OIDC, err)
	}
	if got, err := load(t, "", "EBLAGH_PUBLIC_URL=https://hub.example", "EBLAGH_SIGN_IN_OIDC_ISSUER=https://id.example",
		"EBLAGH_SIGN_IN_OIDC_CLIENT_ID=eblagh", "EBLAGH_SIGN_IN_OIDC_CLIENT_SECRET=s", "EBLAGH_SIGN_IN_OIDC_NAME_FA=a", "EBLAGH_SIGN_IN_OIDC_NAME_EN=b"); err != nil || got.SignIn.OIDC.Issuer != "https://id.example" {
		t.Errorf("from the environment: %+v, %v", got.SignIn.OIDC, err)
	}
}

func TestOIDCNamesWhatIsWrong(t *testing.T) {
	const base = "public_url: https://hub.example\n"
	for name, row := range map[string]struct{ text, wants string }{
		"half of it":          {base + "sign_in: {oidc: {client_id: a}}", "sign_in.oidc.issuer sign_in.oidc.client_secret_file sign_in.oidc.name_fa sign_in.oidc.name_en"},
		"no client":           {base + strings.Replace(provider, "client_id: eblagh, ", "", 1), "sign_in.oidc.client_id"},
		"no way back":         {provider, "public_url"},
		"no TLS":              {base + strings.Replace(provider, "https://id", "http://id", 1), "sign_in.oidc.issuer"},
		"a query":             {base + strings.Replace(provider, "/staff", "/staff?x=1", 1), "sign_in.oidc.issuer"},
		"no address":          {base + strings.Replace(provider, "https://id.example", "id.example", 1), "sign_in.oidc.issuer"},
		"a file that is away": {base + strings.Replace(provider, "client_secret: s3cret", "client_secret_file: /nowhere", 1), "sign_in.oidc.client_secret_file"},
		"a long name":         {base + strings.Replace(provider, "Portal", strings.Repeat("x", 61), 1), "sign_in.oidc.name_en"},
		"an unknown key":      {base + strings.Replace(provider, "client_id", "client", 1), "sign_in.oidc.client sign_in.oidc.client_id"},
	} {
		_, err := load(t, row.text)
		for key := range strings.FieldsSeq(row.wants) {
			if err == nil || !strings.Contains(err.Error(), "\n  "+key+": ") {
				t.Errorf("%s: %v, want it to name %s", name, err, key)
			}
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the secret is told: %v", name, err)
		}
	}
	if _, err := load(t, "{mode: test, public_url: 'http://127.0.0.1:8080', "+strings.Replace(provider, "https://id", "http://id", 1)+"}"); err != nil {
		t.Errorf("a test instance without TLS: %v", err)
	}
}

func TestTheExampleOfAProviderIsRight(t *testing.T) {
	text, err := os.ReadFile("../docs/example/oidc.yaml")
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir() + "/"
	if err := os.WriteFile(secrets+"oidc", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := load(t, strings.ReplaceAll(string(text), "/etc/eblagh/secrets/", secrets)); err != nil || got.SignIn.OIDC.ClientSecret != "x" {
		t.Errorf("%+v, %v", got.SignIn.OIDC, err)
	}
}
