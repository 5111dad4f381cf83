// error: deleted.*raw|raw.*deleted
#include "tmq/message.hpp"

tmq::message receive();
auto read() { return receive().raw(); }
