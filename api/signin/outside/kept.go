package outside

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"eblagh/hub"
)

// under is what the browser's part is sealed for.
const under = "sign_in.outside:"

// Lives is how long somebody may take at the provider, and how long the browser keeps what Begin gives.
const Lives = 10 * time.Minute

// longestKept bounds what is opened: a cookie has no more.
const longestKept = 4096

// kept is what the browser holds between Begin and Finish.
type kept struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Next     string    `json:"next"`
	Device   hub.ID    `json:"device"`
	Until    time.Time `json:"until"`
}

func (c *Client) seal(k kept) (string, error) {
	plain, err := json.Marshal(k)
	if err != nil {
		return "", fmt.Errorf("sign-in from outside: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(c.o.Vault.Seal(plain, under)), nil
}

// open reports whether the text is one that seal gave and whose time is not over.
func (c *Client) open(text string) (k kept, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text[:min(len(text), longestKept)])
	if err != nil {
		return k, false
	}
	plain, err := c.o.Vault.Open(sealed, under)
	if err != nil || json.Unmarshal(plain, &k) != nil {
		return kept{}, false
	}
	return k, c.o.Clock().Before(k.Until)
}
