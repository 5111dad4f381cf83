// error: deleted.*value_view|value_view.*deleted
#include "tmq/value.hpp"

tmq::value read();
tmq::value_view keep() {
    const tmq::value_view view = read();
    return view;
}
