// error: deleted.*metas|metas.*deleted
#include "tmq/message.hpp"

tmq::message receive();
auto read() { return receive().metas(); }
