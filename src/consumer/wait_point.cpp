#include "consumer/wait_point.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>

namespace tmq::client {

class wait_point::registry : public asio::execution_context::service {
  public:
    using key_type = registry;
    static asio::execution_context::id id;

    explicit registry(asio::execution_context& context) : asio::execution_context::service(context) {}

    std::list<wait_point*>::iterator add(wait_point* point) {
        const std::scoped_lock lock(mutex_);
        return all_.insert(all_.end(), point);
    }
    void remove(std::list<wait_point*>::iterator place) {
        const std::scoped_lock lock(mutex_);
        all_.erase(place);
    }

  private:
    void shutdown() override {
        // A coroutine that is destroyed may take wait points with it.
        for (auto next = all_.begin(); next != all_.end();) {
            wait_point& point = **next;
            if (point.has_waiter()) {
                point.take_(point, outcome::destroyed);
                next = all_.begin();
            } else {
                ++next;
            }
        }
    }

    std::mutex mutex_;
    std::list<wait_point*> all_;
};

asio::execution_context::id wait_point::registry::id;

wait_point::wait_point(asio::any_io_executor executor)
    : executor_(std::move(executor)),
      registry_(asio::use_service<registry>(asio::query(executor_, asio::execution::context))),
      place_(registry_.add(this)) {}

wait_point::~wait_point() {
    if (take_ != nullptr) take_(*this, outcome::destroyed);
    registry_.remove(place_);
}

}  // namespace tmq::client
