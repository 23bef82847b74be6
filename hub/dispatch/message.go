package dispatch

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"

	"eblagh/hub"
	"eblagh/hub/rules"
)

// messages are the texts of SMS by language and by what they tell: "notice", or the purpose of a code.
type messages map[string]map[string]string

// The words of each text that are filled in. A text has all of its words and no others.
var placeholders = map[string][]string{
	"notice":                         {"{number}", "{date}"},
	sharedNotice:                     {},
	string(hub.PurposeActivation):    {"{code}"},
	string(hub.PurposeSignIn):        {"{code}"},
	string(hub.PurposeContactChange): {"{code}"},
	string(hub.PurposeConfirm):       {"{code}"},
	string(hub.PurposeRecovery):      {"{code}"},
	string(hub.PurposeRecoveryBegun): {},
	string(hub.PurposeRecoveryDone):  {},
	string(hub.PurposeFactorChanged): {},
}

// sharedNotice is the text about a notice to a number that several people have: it tells none of them which paper it is,
// nor whose.
const sharedNotice = "notice_shared"

// linkish is what a reader could take for an address: fake notices with links are the main fraud against these people.
var linkish = regexp.MustCompile(`(?i)https?:|www\.|//|\w\.\w|@`)

const maxMessage = 300 // characters, before the words are filled in

func loadMessages(files fs.FS) (messages, error) {
	all := messages{}
	for _, language := range []string{"fa", "en"} {
		content, err := fs.ReadFile(files, language+".json")
		if err != nil {
			return nil, fmt.Errorf("texts of SMS: %w", err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(content, &texts); err != nil {
			return nil, fmt.Errorf("texts of SMS: %s.json: %w", language, err)
		}
		if err := checkMessages(texts); err != nil {
			return nil, fmt.Errorf("texts of SMS: %s.json: %w", language, err)
		}
		all[language] = texts
	}
	return all, nil
}

func checkMessages(texts map[string]string) error {
	for name, words := range placeholders {
		text, ok := texts[name]
		if !ok {
			return fmt.Errorf("%s is missing", name)
		}
		rest := text
		for _, word := range words {
			if strings.Count(text, word) != 1 {
				return fmt.Errorf("%s has %s not exactly once", name, word)
			}
			rest = strings.Replace(rest, word, " ", 1)
		}
		switch {
		case strings.ContainsAny(rest, "{}"):
			return fmt.Errorf("%s has a word that nobody fills in", name)
		case linkish.MatchString(rest):
			return fmt.Errorf("%s looks as if it had a link", name)
		case utf8.RuneCountInString(text) > maxMessage:
			return fmt.Errorf("%s is longer than %d characters", name, maxMessage)
		}
	}
	if len(texts) != len(placeholders) {
		return fmt.Errorf("there are texts that nobody sends")
	}
	return nil
}

// compose makes the text of an attempt in the recipient's language. This is the one place where a number is opened and
// a code exists.
func (d *Dispatcher) compose(s Started) (hub.Text, error) {
	texts, ok := d.messages[s.Language]
	if !ok {
		texts = d.messages["fa"]
	}
	context := "contacts.mobile:" + s.Person.String()
	if !s.Challenge.IsZero() {
		context = "challenges.mobile:" + s.Challenge.String()
	}
	plain, err := d.vault.OpenText(s.MobileCT, context)
	if err != nil {
		return hub.Text{}, fmt.Errorf("number: %w", err)
	}
	mobile, err := hub.ParseMobile(plain)
	if err != nil {
		return hub.Text{}, err
	}
	text := hub.Text{Attempt: s.Key, To: mobile}
	if !s.Challenge.IsZero() {
		code := d.vault.Code(s.Challenge, s.Purpose.Digits())
		text.Body = strings.Replace(texts[string(s.Purpose)], "{code}", code, 1)
		return text, nil
	}
	if s.Shared {
		text.Body = texts[sharedNotice]
		return text, nil
	}
	text.Body = strings.Replace(texts["notice"], "{number}", s.Number, 1)
	text.Body = strings.Replace(text.Body, "{date}", rules.Jalali(s.ArrivedAt), 1)
	return text, nil
}
