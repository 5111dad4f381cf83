#!/usr/bin/env bash
# Holds the layers apart: one line for each folder of src says what it must not include.
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
# layer FOLDER: the folders of src that its files may include, besides itself
layer() {
    local folder=$1 other
    shift
    for other in src/*/; do
        other=$(basename "$other")
        [[ " $folder $* " == *" $other "* ]] || forbid "#include \"$other/" "src/$folder includes src/$other" "src/$folder"
    done
}
sans_io() { forbid '#include <boost/(asio|beast)' "src/$1 is plain code, without Asio" "src/$1"; }

layer text
layer base text
layer data text
layer config base text
layer wire base data text
layer ws base text
layer protocol base text
layer net base config protocol text wire ws
layer subscription base protocol text wire
layer consumer base config net protocol subscription text
layer embedded_server base data protocol text wire  # base, protocol: for the names and constants of the protocol
layer testing base embedded_server protocol subscription wire
layer tools data text wire  # wire: for tmqbench, whose plain sockets parse what they receive
for folder in text base data config wire protocol subscription; do sans_io $folder; done

# server_layer FOLDER: the same within the embedded server, whose folders know nothing of its facade and network.
server_layer() {
    local folder=$1 other part
    shift
    for other in src/embedded_server/*/; do
        other=$(basename "$other")
        [[ " $folder $* " == *" $other "* ]] ||
            forbid "#include \"embedded_server/$other/" "the embedded server's $folder includes its $other" "src/embedded_server/$folder"
    done
    for part in network fault_injector fault_list message_observer request_log shared_broker; do
        forbid "#include \"embedded_server/$part\.hpp" "the embedded server's $folder includes its $part" "src/embedded_server/$folder"
    done
}

server_layer encode
server_layer protocol encode
server_layer broker encode protocol
server_layer sql encode protocol broker
server_layer net encode protocol broker sql
for folder in encode protocol broker sql; do sans_io embedded_server/$folder; done
# Its requests and replies are parsed and written independently of the client's: only the actions are common.
forbid '#include "protocol/(r|s|j|e)' "the embedded server uses the client's requests and replies" src/embedded_server
# Encoders and the client's parsers are each other's oracle. The broker takes messages apart into blocks.
forbid '#include "wire/' "the embedded server's encoders use the client's parsers" src/embedded_server/{encode,protocol,sql,net}

forbid '#include "tmq/testing/' 'the client uses its test tools' --exclude-dir=testing \
    include src/{text,base,data,config,wire,ws,protocol,net,subscription,consumer}
# format.hpp is for programs that use fmt themselves; no other header includes it.
forbid '#include <(boost/beast|simdjson|zlib|openssl|fmt)' 'a public header includes an implementation library' --exclude=format.hpp include
forbid '#include "tmq/(format|describe|arrow)\.hpp"' 'an optional header is included by another' include
forbid '#include <boost/beast' 'Beast outside the upgrade and the embedded server' \
    src/net src/consumer src/ws/f* src/ws/m* src/ws/r* src/tools
exit $failed
