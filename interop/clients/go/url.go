package main

import "net/url"

// server is what a URL says of a server: the address without the user, and the user.
type server struct {
	address  string
	user     string
	password string
}

func parseURL(text string) (server, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return server{}, err
	}
	out := server{user: "root", password: "taosdata"}
	if parsed.User != nil {
		out.user = parsed.User.Username()
		if password, given := parsed.User.Password(); given {
			out.password = password
		}
	}
	parsed.User = nil
	parsed.RawQuery = ""
	out.address = parsed.String()
	return out, nil
}
