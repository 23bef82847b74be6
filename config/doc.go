// Package config is how an instance is told what it is. Settings come from defaults, then a YAML file, then the
// environment: the key database.url is EBLAGH_DATABASE_URL there. Reading is strict: an unknown key, in either place, is
// an error, and all problems are told at once with key and value. A secret is never shown and can come from a file.
//
// The package also embeds what is data and not code: the service rules, the informing ladders, the kinds of case and the texts. Only cmd imports it, and passes
// values and file systems on.
package config

import (
	"embed"
	"io/fs"
)

//go:embed rules ladders messages cases
var data embed.FS

// Rules is the service rules, one JSON file per rule and version.
func Rules() fs.FS { return sub("rules") }

// Ladders is the informing ladders, one JSON file per ladder and version.
func Ladders() fs.FS { return sub("ladders") }

// Cases is the kinds of case, one JSON file per version.
func Cases() fs.FS { return sub("cases") }

// Messages is the texts, by language.
func Messages() fs.FS { return sub("messages") }

func sub(dir string) fs.FS {
	files, err := fs.Sub(data, dir)
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return files
}
