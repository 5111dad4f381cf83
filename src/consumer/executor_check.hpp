#pragma once

#include <boost/asio/any_io_executor.hpp>

namespace tmq::client {

/// False if the calling thread certainly does not run this executor; true if it does, or if the executor is
/// of a kind that cannot tell. Known are executors of io_context and thread_pool, and strands of these.
bool may_run_here(const boost::asio::any_io_executor& executor) noexcept;

}  // namespace tmq::client
