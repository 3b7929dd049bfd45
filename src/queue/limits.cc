#include "queue/limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace calve::queue {
Status CheckMessage(const Message& message) {
  if (message.body.empty()) return Err(ErrorKind::kInvalidArgument, "a message needs a body");
  if (message.body.size() > kMaxBodyBytes) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("a message of {} bytes; at most {} fit", message.body.size(), kMaxBodyBytes));
  }
  if (const size_t at = FirstInvalidUtf8(message.body); at != message.body.size()) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("a message that is not UTF-8 at byte {}", at));
  }
  return {};
}

Status CheckDuration(std::string_view what, std::chrono::milliseconds duration) {
  if (duration.count() >= 0) return {};
  return Err(ErrorKind::kInvalidArgument, fmt::format("negative {}: {} ms", what, duration.count()));
}

Status CheckReceive(int max, std::chrono::milliseconds visibility, std::chrono::milliseconds wait) {
  if (max < 1) return Err(ErrorKind::kInvalidArgument, fmt::format("Receive of {} messages", max));
  CALVE_RETURN_IF_ERROR(CheckDuration("visibility", visibility));
  return CheckDuration("wait", wait);
}

std::string TrimReason(std::string_view reason) {
  std::string out;
  while (!reason.empty()) {
    const size_t length = Utf8Length(reason, 0);
    if (out.size() + std::max<size_t>(length, 1) > kMaxReasonBytes) break;
    out += length == 0 ? std::string_view("?") : reason.substr(0, length);
    reason.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

std::string UnansweredReason(int deliveries, std::string_view last_failure) {
  if (!last_failure.empty()) return std::string(last_failure);
  return fmt::format("delivered {} {} without an answer", deliveries, deliveries == 1 ? "time" : "times");
}

size_t UnsendableAt(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') return at;
    const std::string_view three = text.substr(at, 3);
    if (three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF") return at;
  }
  return std::string_view::npos;
}

std::unexpected<Error> StaleReceipt(std::string_view call, std::string_view receipt) {
  return Err(ErrorKind::kConflict,
             fmt::format("{}: receipt {} is stale: the message is done or was delivered again", call, receipt));
}

}  // namespace calve::queue
