// Consumes a topic with TDengine's own client for Go.
package main

import (
	"flag"
	"fmt"
	"os"
)

type options struct {
	url    string
	topic  string
	group  string
	rows   int64
	tables bool
}

func main() {
	commands := map[string]func(options) error{"consume": consume, "offsets": offsets}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: interop consume|offsets --url URL --topic T --group G --rows N [--tables]")
		os.Exit(1)
	}
	var o options
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&o.url, "url", "ws://127.0.0.1:6041", "server")
	flags.StringVar(&o.topic, "topic", "", "topic")
	flags.StringVar(&o.group, "group", "go", "consumer group")
	flags.Int64Var(&o.rows, "rows", 0, "rows to read; for offsets: all rows of the topic")
	flags.BoolVar(&o.tables, "tables", false, "count the rows of every table")
	_ = flags.Parse(os.Args[2:])
	if err := commands[os.Args[1]](o); err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(2)
	}
}
