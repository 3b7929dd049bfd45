#include "csv/sniff_charset.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/utf8.h"
#include "csv/charset.h"

namespace calve::csv {
namespace {

constexpr size_t kLookedAt = 1U << 20U;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// How the bytes beyond ASCII stand, those of valid UTF-8 left out.
struct HighBytes {
  uint64_t count = 0;
  uint64_t beside = 0;    ///< Next to another one: scripts of their own, not Latin letters with marks.
  uint64_t controls = 0;  ///< 0x80 to 0x9F: control characters in ISO 8859, letters and signs elsewhere.
  uint64_t in_words = 0;  ///< Of these, between two ASCII letters: as letters, not signs.
};

HighBytes Count(std::string_view text) {
  HighBytes out;
  const auto high = [&](size_t i) { return i < text.size() && static_cast<signed char>(text[i]) < 0; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (!high(i)) continue;
    ++out.count;
    out.beside += (i > 0 && high(i - 1)) || high(i + 1);
    if (static_cast<unsigned char>(text[i]) >= 0xA0) continue;
    ++out.controls;
    out.in_words += i > 0 && i + 1 < text.size() && IsLetter(text[i - 1]) && IsLetter(text[i + 1]);
  }
  return out;
}

/// Nearly all of it: a cut at the sample's end is no proof against it.
bool Decodes(std::string_view text, std::string_view name) {
  const auto charset = Charset::Find(name);
  if (!charset) return false;
  constexpr std::string_view kSpoilt = "\xEF\xBF\xBD";
  std::string utf8;
  (*charset)->AppendTo(text, kSpoilt, &utf8);
  size_t spoilt = 0;
  for (size_t at = utf8.find(kSpoilt); at != std::string::npos; at = utf8.find(kSpoilt, at + 3)) ++spoilt;
  return spoilt <= 2;
}

std::string Listed(const std::vector<std::string_view>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    out += fmt::format("{}{}", i == 0 ? "" : i + 1 == names.size() ? " or " : ", ", names[i]);
  }
  return out;
}

}  // namespace

std::string ProposeCharsets(std::string_view text) {
  text = text.substr(0, kLookedAt);
  // Runs beyond ASCII that are UTF-8 tell nothing about the others.
  std::string others;
  for (size_t from = 0; from < text.size();) {
    size_t end = text.find('\n', from);
    end = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view line = text.substr(from, end - from);
    if (!ValidUtf8(line)) others += line;
    from = end;
  }
  const HighBytes high = Count(others);
  std::vector<std::string_view> fitting;
  if (high.beside * 3 >= high.count * 2) {
    for (const std::string_view name : {"shift_jis", "euc-jp", "gbk", "big5", "euc-kr", "windows-1251", "koi8-r"}) {
      if (Decodes(others, name)) fitting.push_back(name);
    }
    if (!fitting.empty()) {
      return fmt::format(
          "the bytes are letters of {} (characters beside each other: Asian, Cyrillic, Greek ...); say "
          "which with --encoding",
          Listed(fitting));
    }
  }
  if (high.in_words * 2 > high.count)
    return "the bytes are letters of Mac Roman: if they are, say --encoding macintosh";
  if (high.controls == 0) {
    return "if the file is from Western Europe, say --encoding windows-1252 (which Latin-1 is a part of); else which "
           "encoding it is in: iso-8859-2, windows-1250 ...";
  }
  if (Decodes(others, "windows-1252")) {
    return "the bytes are letters and signs of Windows-1252 (what Excel writes in Western Europe): if they are, say "
           "--encoding windows-1252";
  }
  return "say which encoding it is in with --encoding: cp850, cp437, windows-1250, macintosh ...";
}

}  // namespace calve::csv
