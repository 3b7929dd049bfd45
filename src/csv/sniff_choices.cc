#include "csv/sniff_choices.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace calve::csv {
namespace {

struct NewlineCounts {
  uint64_t crlf = 0;
  uint64_t lf = 0;
  uint64_t cr = 0;
  uint64_t total() const { return crlf + lf + cr; }
};

NewlineCounts CountNewlines(const SampledText& sampled) {
  NewlineCounts counts;
  for (const TextSample& sample : sampled.samples) {
    const std::string_view text = sample.text;
    for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
      (at > 0 && text[at - 1] == '\r' ? counts.crlf : counts.lf) += 1;
    }
    for (size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
      counts.cr += at + 1 < text.size() && text[at + 1] != '\n';
    }
  }
  return counts;
}

/// "|\n" and the like: every line ends with the same odd character, the header's too.
std::optional<std::string> OddSuffix(std::string_view head, const NewlineCounts& counts) {
  const std::string newline = counts.crlf > 0 ? "\r\n" : counts.lf > 0 ? "\n" : "\r";
  if (counts.crlf + counts.lf + counts.cr != std::max({counts.crlf, counts.lf, counts.cr})) return std::nullopt;
  std::map<std::string, size_t> suffixes;
  size_t lines = 0;
  size_t begin = 0;
  for (size_t end = head.find(newline); end != std::string_view::npos && lines < 500;
       begin = end + newline.size(), end = head.find(newline, begin)) {
    const std::string_view line = head.substr(begin, end - begin);
    if (line.empty()) continue;
    ++lines;
    size_t from = line.size();
    while (from > 0 && line.size() - from < 3 &&
           std::string_view("|;~^#$@!*&%\x1e\x02").find(line[from - 1]) != std::string_view::npos) {
      --from;
    }
    if (from < line.size()) ++suffixes[std::string(line.substr(from))];
  }
  for (const auto& [suffix, count] : suffixes) {
    if (lines >= 3 && count * 100 >= lines * 98) return suffix + newline;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<Delimiter>& SingleDelimiters() {
  static const std::vector<Delimiter> kDelimiters = {
      {",", 1.0, false},         {";", 1.0, false},     {"\t", 1.0, false},    {"|", 1.0, false},
      {"\x01", 0.99, false},     {"\x1f", 0.99, false}, {"\x14", 0.98, false}, {"\xC2\xA6", 0.98, false},
      {"\xC2\xA7", 0.98, false}, {"^", 0.95, false},    {"~", 0.95, false},    {" ", 0.75, true},
      {":", 0.6, true},          {"#", 0.6, true},      {"!", 0.6, true},      {"*", 0.6, true},
      {"&", 0.6, true},          {"@", 0.5, true},      {"%", 0.5, true},      {"=", 0.5, true},
  };
  return kDelimiters;
}

std::vector<NewlineChoice> NewlineChoices(const SampledText& sampled, std::string_view head,
                                          const SniffOverrides& overrides) {
  if (overrides.custom_newline) return {{Newline::kCustom, *overrides.custom_newline, 1.0}};
  if (overrides.newline) return {{*overrides.newline, "", 1.0}};
  const NewlineCounts counts = CountNewlines(sampled);
  std::vector<NewlineChoice> out = {{Newline::kAny, "", 1.0}};
  const uint64_t most = std::max({counts.crlf, counts.lf, counts.cr});
  if (counts.total() > most) {
    // Mixed. Where the rare ones stand inside fields, only the common one ends a record.
    out.push_back({most == counts.crlf ? Newline::kCrLf : most == counts.lf ? Newline::kLf : Newline::kCr, "", 0.999});
  }
  if (most > 0) {
    if (const auto suffix = OddSuffix(head, counts)) out.push_back({Newline::kCustom, *suffix, 0.995});
  }
  for (const char c : {'\x1e', ';', '|', '~', '^', '#', '\x02', '\x1d'}) {
    const auto count = std::ranges::count(head, c);
    const bool control = c < ' ';
    const bool lineless = counts.total() == 0 || (counts.total() == 1 && sampled.samples.size() == 1);
    if (count >= 4 && (control || lineless)) out.push_back({Newline::kCustom, std::string(1, c), 0.99});
  }
  return out;
}

std::vector<Delimiter> MultiCharDelimiters(std::string_view head) {
  constexpr std::string_view kRunChars = " ,;|\t~^#:@$%&*<>=!/\\";
  std::map<std::string, size_t> lines_with;
  size_t lines = 0;
  size_t begin = 0;
  while (begin < head.size() && lines < 200) {
    size_t end = head.find_first_of("\r\n", begin);
    if (end == std::string_view::npos) end = head.size();
    const std::string_view line = head.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    ++lines;
    std::set<std::string> runs;
    for (size_t i = 0; i < line.size();) {
      size_t j = i;
      while (j < line.size() && kRunChars.find(line[j]) != std::string_view::npos) ++j;
      if (j - i >= 2 && j - i <= 4) runs.emplace(line.substr(i, j - i));
      // An empty field between two of "||" makes one run of "||||".
      if (j - i >= 2 && (j - i) % 2 == 0) {
        const std::string_view run = line.substr(i, j - i);
        if (run.find_first_not_of(run[0]) == std::string_view::npos) runs.emplace(2, run[0]);
      }
      i = std::max(j, i + 1);
    }
    for (const std::string& run : runs) ++lines_with[run];
  }
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const auto& [run, count] : lines_with) {
    if (count * 10 >= lines * 6 && run.find_first_not_of(' ') != std::string::npos) ranked.emplace_back(count, run);
  }
  std::ranges::sort(ranked, std::greater<>());
  std::vector<Delimiter> out;
  for (const auto& [count, run] : ranked) {
    if (out.size() < 4) out.push_back({run, 0.97, false});
  }
  return out;
}

}  // namespace calve::csv
