#include "queue/limits.h"

#include <fmt/format.h>

#include <algorithm>

namespace calve::queue {
namespace {

size_t InvalidUtf8At(std::string_view text) {
  size_t offset = 0;
  while (offset < text.size()) {
    const size_t length = Utf8CharLength(text.substr(offset));
    if (length == 0) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

}  // namespace

size_t Utf8CharLength(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  if (text.empty()) return 0;
  if (lead < 0x80) return 1;
  // The second byte's range keeps out overlong forms, surrogates and what lies past U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                        : (lead & 0xF0U) == 0xE0       ? 3
                        : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                       : 0;
  if (length == 0 || byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  return length;
}

Status CheckMessage(const Message& message) {
  if (message.body.empty()) return Err(ErrorKind::kInvalidArgument, "a message needs a body");
  if (message.body.size() > kMaxBodyBytes) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("a message of {} bytes; at most {} fit", message.body.size(), kMaxBodyBytes));
  }
  if (const size_t at = InvalidUtf8At(message.body); at != std::string_view::npos) {
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
    const size_t length = Utf8CharLength(reason);
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
