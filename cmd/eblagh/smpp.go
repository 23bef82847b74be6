package main

import (
	"context"
	"log/slog"
	"math/rand/v2"

	"eblagh/channels/sms/smpp"
	"eblagh/config"
	"eblagh/hub"
)

// settle takes late outcomes.
type settle func(context.Context, []hub.Sent) error

// openSMPP makes a provider of kind smpp from its settings. It connects when it runs.
func openSMPP(c config.Provider, sender string, log *slog.Logger, report hear, settle settle) (*smpp.Provider, error) {
	password, err := c.SMPP.Reveal()
	if err != nil {
		return nil, err
	}
	zone, err := c.SMPP.Zone()
	if err != nil {
		return nil, err
	}
	return smpp.New(smpp.Options{
		Name: c.Name, Addr: c.SMPP.Addr, SystemID: c.SMPP.SystemID, Password: password, Sender: sender,
		Binds: c.SMPP.Binds, Window: c.SMPP.Window, EnquireLink: c.SMPP.EnquireLink,
		IDForm: smpp.IDForm(c.SMPP.ReportIDs), Zone: zone, Logger: log, Random: rand.Float64, Report: report,
		Settle: settle,
	}), nil
}
