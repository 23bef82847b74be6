package web

import (
	"net/http"
	"slices"
	"time"
)

// languageCookie keeps the choice for a year.
const languageCookie = "eblagh_language"

// languageOf is the language that the visitor chose, or Persian.
func languageOf(r *http.Request) Language {
	c, err := r.Cookie(languageCookie)
	if err == nil && slices.Contains(languages, Language(c.Value)) {
		return Language(c.Value)
	}
	return languages[0]
}

// other is the language that the switch offers.
func (l Language) other() Language {
	if l == Persian {
		return English
	}
	return Persian
}

// chooseLanguage answers POST /language: language, next.
func (s *site) chooseLanguage(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	if l := Language(f.value("language")); slices.Contains(languages, l) {
		http.SetCookie(v.w, s.cookie(languageCookie, string(l), "/", 365*24*time.Hour))
	}
	return v.redirect(localPath(f.value("next")))
}

// cookie makes one of our small cookies. An age of zero takes it away.
func (s *site) cookie(name, value, path string, age time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: s.deps.Secure, SameSite: http.SameSiteLaxMode,
	}
	if age == 0 {
		c.MaxAge = -1
	}
	return c
}
