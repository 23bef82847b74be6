package endtoend

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A court carries away a bundle, the document and the certificate, and checks them with the program and the public key
// alone; whatever byte is changed afterwards is named. The operator's audit of the same instance finds nothing wrong, and
// names what a superuser of the database changes.
func TestEvidenceHoldsAgainstEverybody(t *testing.T) {
	in := newInstance(t, "api,worker,live,seal")
	citizen := in.dev.inRole("citizen")[0]
	addressee, court := signIn(t, in.dev.BaseURL, citizen), in.as("court")
	scan := scannedPage(t)
	var document, notice struct{ ID string }
	court.want(201, "POST", "/v1/documents?filename=scan.png", scan, "Content-Type", "image/png").into(t, &document)
	body := paper(reference("proof", 1), citizen)
	body["documents"] = []string{document.ID}
	court.want(201, "POST", "/v1/notices", body).into(t, &notice)
	path := "/v1/notices/" + notice.ID
	eventually(t, 30*time.Second, func() bool {
		return addressee.do("POST", "/v1/inbox/"+notice.ID+"/open", map[string]any{}).status == 200
	}, func() string { return "it never arrived" })

	dir := t.TempDir()
	var certificate, bundle []byte
	eventually(t, 30*time.Second, func() bool { // until the opening is sealed
		a := court.do("GET", path+"/certificate?language=en", nil)
		certificate = a.body
		return a.status == 200 && strings.Contains(pdfText(t, a.body), "Actual service")
	}, func() string { return "no certificate of the opening" })
	if again := court.want(200, "GET", path+"/certificate?language=en", nil); !bytes.Equal(again.body, certificate) {
		t.Error("a second certificate says the same")
	}
	files := map[string]string{}
	for name, content := range map[string][]byte{"bundle": nil, "certificate": certificate, "document": scan,
		"key": []byte(in.dev.LogPublicKey)} {
		files[name] = filepath.Join(dir, name)
		in.must(os.WriteFile(files[name], content, 0o600))
	}
	verify := []string{"verify", files["bundle"], "--key", files["key"], "--document", files["document"], "--certificate", files["certificate"]}
	var out string
	eventually(t, 30*time.Second, func() bool { // until the receipt of this certificate is sealed, too
		bundle = court.do("GET", path+"/evidence", nil).body
		in.must(os.WriteFile(files["bundle"], bundle, 0o600))
		var code int
		code, out = runOnce(t, nil, verify...)
		return code == 0 && strings.Contains(out, "Everything that was given holds")
	}, func() string { return "it does not verify: " + out })
	for name, content := range map[string][]byte{"bundle": bundle, "certificate": certificate, "document": scan} {
		harmed := bytes.Clone(content)
		harmed[len(harmed)/3] ^= 1
		if err := os.WriteFile(files[name], harmed, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := runOnce(t, nil, verify...); code != 1 || !strings.Contains(out, "FAILED  "+name) {
			t.Errorf("a changed %s: %d: %s", name, code, out)
		}
		_ = os.WriteFile(files[name], content, 0o600)
	}
	in.auditedRight(t, files["key"], notice.ID)
}

// auditedRight audits the running instance before and after a superuser back-dates an arrival, with its receipt.
func (in *instance) auditedRight(t *testing.T, key, notice string) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "audit.json")
	audit := []string{"audit", "--key", key, "--state", state, "--json", "--quiet"}
	var report struct {
		Faults int
		ByKind map[string]int `json:"by_kind"`
		Looked map[string]int
	}
	code, out := runOnce(t, in.env, audit...)
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || report.Looked["documents"] == 0 {
		t.Fatalf("audit ends with %d: %s", code, out)
	}
	in.sql(t, `SET session_replication_role = replica;
		UPDATE inbox SET arrived_at = arrived_at - interval '1 day' WHERE notice = '`+notice+`';
		UPDATE receipts SET at = at - interval '1 day' WHERE notice = '`+notice+`' AND event = 'ContentConsignment'`)
	code, out = runOnce(t, in.env, audit...)
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 || report.ByKind["receipt-changed"] != 1 {
		t.Errorf("audit of a back-dated arrival ends with %d: %s", code, out)
	}
}

// sql runs statements as the database's superuser.
func (in *instance) sql(t *testing.T, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), in.stack.Postgres.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

// runOnce runs the program to its end and gives its exit code and what it printed.
func runOnce(t *testing.T, env []string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, _ := cmd.Output()
	if errs.Len() > 0 {
		t.Logf("%s: %s", args[0], errs.String())
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// pdfText is what can be copied out of a PDF.
func pdfText(t *testing.T, pdf []byte) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "pdftotext", "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	return string(out)
}
