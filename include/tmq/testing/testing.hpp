#pragma once

/// Everything of the library tmq::testing.
#include "tmq/testing/announced_message.hpp"
#include "tmq/testing/block_builder.hpp"
#include "tmq/testing/cell.hpp"
#include "tmq/testing/fault.hpp"
#include "tmq/testing/message.hpp"
#include "tmq/testing/meters.hpp"
#include "tmq/testing/server.hpp"
#include "tmq/testing/server_options.hpp"
#include "tmq/testing/topic_options.hpp"
#include "tmq/testing/transcript.hpp"
