#include "queue/receipt.h"

#include <fmt/format.h>

#include <charconv>

namespace calve::queue {
namespace {

// Takes "digits." off the front of `text`.
std::optional<int64_t> TakeNumber(std::string_view& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto used = static_cast<size_t>(end - text.data());
  if (error != std::errc() || value < 0 || used >= text.size() || text[used] != '.') return std::nullopt;
  text.remove_prefix(used + 1);
  return value;
}

}  // namespace

std::string FormatReceipt(const Receipt& receipt) {
  return fmt::format("{}.{}.{}", receipt.message_id, receipt.delivery, receipt.token);
}

std::optional<Receipt> ParseReceipt(std::string_view text) {
  const std::optional<int64_t> id = TakeNumber(text);
  if (!id) return std::nullopt;
  const std::optional<int64_t> delivery = TakeNumber(text);
  if (!delivery || text.empty()) return std::nullopt;
  return Receipt{.message_id = *id, .delivery = *delivery, .token = std::string(text)};
}

}  // namespace calve::queue
