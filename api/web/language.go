package web

import (
	"net/http"
	"slices"
	"time"
)

// languageCookie keeps the choice for a year.
const languageCookie = "eblagh_language"

// languageOf is the language that the visitor chose, or Persian.
func (s *site) languageOf(r *http.Request) Language {
	c, err := s.cookieOf(r, languageCookie)
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
		http.SetCookie(v.w, s.cookie(languageCookie, string(l), 365*24*time.Hour))
	}
	return v.redirect(localPath(f.value("next")))
}
