package main

import (
	"net/http"

	"eblagh/api/signin"
)

func (a *App) openRelay(*outside) error { return nil }

func (o *outside) mountLive(*App, *http.ServeMux, *signin.Sessions) error { return nil }
