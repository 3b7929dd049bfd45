// Encodings that extend ASCII, by the C library's iconv: Windows-125x, ISO 8859, KOI8-R, Mac Roman, Shift_JIS, GBK ...
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace calve::csv {

struct Dialect;

/// One encoding of which each ASCII byte is itself, alone or as the rest of a character. So records and fields are
/// found in the source's bytes, whose offsets stay, and only values are transcoded. Immutable, thread-safe.
class Charset {
 public:
  /// By any name that iconv knows, in whatever case, and the usual others ("latin-1", "mac-roman"). kInvalidArgument:
  /// unknown to this machine's C library, or no extension of ASCII (UTF-16, UTF-32, UTF-7, EBCDIC, ISO-2022).
  static Result<std::shared_ptr<const Charset>> Find(std::string_view name);
  /// As Find takes it: lower case, and no characters that iconv gives a meaning of their own.
  static bool IsName(std::string_view name);

  const std::string& name() const { return name_; }
  /// Whether characters may have several bytes, the last of which may look like digits, letters, '|', '\\' ...
  bool multi_byte() const { return multi_byte_; }

  /// Appends `bytes` to `out` as UTF-8. A byte that is no character's goes over as `instead`, or, where that is empty,
  /// as it is: no UTF-8, so that the check behind finds it.
  void AppendTo(std::string_view bytes, std::string_view instead, std::string* out) const;
  /// `utf8` in this encoding; `utf8` itself where it cannot be.
  std::string FromUtf8(std::string_view utf8) const;
  /// How many bytes `utf8` takes in this encoding. U+FFFD counts one: what AppendTo put for a byte.
  uint64_t SourceBytes(std::string_view utf8) const;

 private:
  Charset() = default;

  std::string name_;    ///< As the user said it, in lower case.
  std::string system_;  ///< iconv's.
  bool multi_byte_ = false;
  std::array<std::string, 256> characters_;  ///< Of single bytes, as UTF-8; empty: none, or the first of several.
};

/// The dialect's, null when it has none (or one that is not known, which ByteDialect refuses).
std::shared_ptr<const Charset> CharsetOf(const Dialect& dialect);

}  // namespace calve::csv
