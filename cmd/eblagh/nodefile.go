package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"eblagh/config"
)

// writeNodeFile leaves node.env, the settings by which `eblagh serve` joins a development instance as a further node. It
// holds the database's password, so only its owner may read it.
func writeNodeFile(dir string, c config.Config) error {
	data, err := filepath.Abs(c.DataDir)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, s := range [][2]string{
		{"MODE", c.Mode}, {"DATABASE_URL", string(c.Database.URL)}, {"REDIS_ADDRS", strings.Join(c.Redis.Addrs, ",")}, {"DATA_DIR", data},
		{"SMS_PROVIDERS", "[{name: sandbox, kind: sandbox}]"}, {"ADMIN_LISTEN", "127.0.0.1:0"},
		{"DELIVERY_QUIET_HOURS_FROM", c.Delivery.QuietHours.From}, {"DELIVERY_QUIET_HOURS_UNTIL", c.Delivery.QuietHours.Until},
	} {
		fmt.Fprintf(&b, "EBLAGH_%s='%s'\n", s[0], strings.ReplaceAll(s[1], "'", `'\''`))
	}
	return replace(filepath.Join(dir, "node.env"), []byte(b.String()))
}
