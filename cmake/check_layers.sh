#!/usr/bin/env bash
# Holds the layers apart: what must not know a socket does not include one, and public headers show no implementation library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
failed=0
forbid() {
    local pattern=$1 why=$2
    shift 2
    local found
    if found=$(grep -rnE "$pattern" "$@" 2>/dev/null); then
        printf '%s\n%s\n' "$why:" "$found" >&2
        failed=1
    fi
}
forbid '#include <boost/asio' 'sans-io code includes Asio' \
    src/config src/wire src/ws src/protocol src/consumer/{backoff,block_gatherer,message_fetcher,placement,poll_pace,positions,read_ahead,retry_schedule,silence,subscribe_settings,unfinished}.* src/session/request_table.* src/session/failure.*
# format.hpp is for programs that use fmt themselves; no other header includes it.
forbid '#include <(boost/beast|simdjson|zlib|openssl|fmt)' 'a public header includes an implementation library' --exclude=format.hpp include
forbid '#include "tmq/(format|describe|arrow)\.hpp"' 'an optional header is included by another' include
forbid '#include <boost/beast' 'Beast outside the upgrade and the embedded server' \
    src/wire src/protocol src/session src/consumer src/ws/f* src/ws/m* src/ws/r* src/tools
forbid '#include "(ws|protocol|session|consumer)/' 'wire depends on an upper layer' src/wire
forbid '#include "(wire|ws|protocol|session|consumer)/' 'the configuration depends on another layer' src/config
forbid '#include "(wire|protocol|session|consumer)/' 'ws depends on another layer' src/ws
forbid '#include "(wire|ws|session|consumer)/' 'protocol depends on another layer' src/protocol
forbid '#include "consumer/' 'session depends on an upper layer' src/session
exit $failed
