#pragma once

#include "tmq/block.hpp"
#include "tmq/config.hpp"
#include "tmq/consumer.hpp"
#include "tmq/decimal.hpp"
#include "tmq/error.hpp"
#include "tmq/fetch_mode.hpp"
#include "tmq/geometry.hpp"
#include "tmq/message.hpp"
#include "tmq/meta.hpp"
#include "tmq/topic_partition.hpp"
#include "tmq/types.hpp"
#include "tmq/value.hpp"
