#include "load/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace calve::load {

int Cuts::count() const {
  if (exact()) return static_cast<int>(starts.size());
  const uint64_t bytes = extent - std::min(extent, first);
  return bytes == 0 ? 1 : static_cast<int>((bytes + step - 1) / step);
}

Chunk Cuts::At(int index) const {
  const auto i = static_cast<uint64_t>(index);
  const bool last = index + 1 == count();
  if (exact()) return {index, starts[i], last ? extent : starts[i + 1], true};
  const uint64_t start = first + i * step;
  return {index, start, last ? extent : start + step, index == 0};
}

std::string MakeLoadId(const std::string& pipeline, const std::string& table, const Source& source) {
  const std::string text = pipeline + "\n" + table + "\n" + source.uri + "\n" + source.version + "\n" +
                           std::to_string(source.size_bytes) + "\n";
  const auto digest = Sha256(text);
  return Hex(std::span(digest).first<16>());
}

std::optional<std::string> BadRecordPolicy::Exceeded(uint64_t bad, uint64_t records, std::string_view example) const {
  std::string allowed;
  if (max_count && bad > *max_count) {
    allowed = std::to_string(*max_count);
  } else if (max_share && (records >= share_from_records || bad == records) &&
             static_cast<double>(bad) > *max_share * static_cast<double>(records)) {
    allowed = fmt::format("{:g}%", *max_share * 100);
  } else {
    return std::nullopt;
  }
  return fmt::format(
      "{} of {} records are bad, more than --max-bad-records {} allows; the first: {}. Nothing was committed: say how "
      "the file is to be read (--column NAME=TYPE, --delimiter, --ragged pad, --sql ...; calve plan shows how it is), "
      "or "
      "--max-bad-records 100% to load the others",
      bad, records, allowed, example);
}

bool IsLoadId(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace calve::load
