// What every queue holds to alike.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "queue/queue.h"

namespace calve::queue {

/// SQS took 256 KiB for most of its life, and bills in steps of 64 KiB.
inline constexpr size_t kMaxBodyBytes = 256 * 1024;
inline constexpr size_t kMaxReasonBytes = 4096;

/// How long Receive sleeps between two looks, so that another process's Send is seen soon.
inline constexpr std::chrono::milliseconds kPollInterval{50};

/// kInvalidArgument for a body that is empty, too long or not UTF-8.
Status CheckMessage(const Message& message);

/// kInvalidArgument unless max >= 1 and neither time is negative.
Status CheckReceive(int max, std::chrono::milliseconds visibility, std::chrono::milliseconds wait);

/// kInvalidArgument when negative.
Status CheckDuration(std::string_view what, std::chrono::milliseconds duration);

/// At most kMaxReasonBytes of `reason`, cut between characters; what is not UTF-8 becomes '?'.
std::string TrimReason(std::string_view reason);

/// The reason for a message whose deliveries all ended without Fail (the last reason given, if there was one).
std::string UnansweredReason(int deliveries, std::string_view last_failure);

/// The error for a receipt that is not of the current delivery.
[[nodiscard]] std::unexpected<Error> StaleReceipt(std::string_view call, std::string_view receipt);

/// Where valid UTF-8 `text` holds the first character that SQS does not take: those that XML 1.0 has not (section 2.2,
/// Char), which are the control characters but tab, LF and CR, and U+FFFE and U+FFFF. npos: none.
size_t UnsendableAt(std::string_view text);

}  // namespace calve::queue
