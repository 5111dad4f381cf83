#pragma once

namespace tmq::net {

/// Deleter for a unique_ptr to an object of a C library, which `Free` destroys.
template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

}  // namespace tmq::net
