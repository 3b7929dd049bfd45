#include "csv/charset.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <utility>

#include "base/ascii.h"
#include "csv/dialect.h"

namespace calve::csv {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Names that people use and iconv does not know, and names that stand for more than the norm that bears them.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"latin-1", "ISO-8859-1"}, {"mac-roman", "MACINTOSH"}, {"macroman", "MACINTOSH"}, {"mac_roman", "MACINTOSH"},
    {"shift_jis", "CP932"},    {"shift-jis", "CP932"},     {"sjis", "CP932"},         {"windows-31j", "CP932"},
    {"gb2312", "GBK"},         {"euc-kr", "UHC"},          {"ansi", "CP1252"},
};

/// iconv's descriptor: a state, so not to be shared by threads.
class Converter {
 public:
  Converter(const std::string& to, const std::string& from) : id_(iconv_open(to.c_str(), from.c_str())) {}
  Converter(Converter&& other) noexcept : id_(std::exchange(other.id_, kNone)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  Converter& operator=(Converter&&) = delete;
  ~Converter() {
    if (good()) iconv_close(id_);
  }

  bool good() const { return id_ != kNone; }

  /// Appends what it can; returns the bytes taken. Less than all: errno says EILSEQ or EINVAL (cut).
  size_t Convert(std::string_view from, std::string* out) {
    iconv(id_, nullptr, nullptr, nullptr, nullptr);
    char* in = const_cast<char*>(from.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast): POSIX's signature.
    size_t left = from.size();
    bool more = true;
    while (more) {
      std::array<char, 512> buffer{};
      char* to = buffer.data();
      size_t room = buffer.size();
      const bool done = left == 0;
      const size_t result = iconv(id_, done ? nullptr : &in, done ? nullptr : &left, &to, &room);
      const int error = result == static_cast<size_t>(-1) ? errno : 0;
      out->append(buffer.data(), buffer.size() - room);
      more = !done && (error == 0 || error == E2BIG);
      errno = error;
    }
    return from.size() - left;
  }

 private:
  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);  // NOLINT: POSIX's value for none.
  iconv_t id_;
};

/// This thread's.
Converter& ConverterOf(const std::string& to, const std::string& from) {
  thread_local std::map<std::pair<std::string, std::string>, Converter> converters;
  const auto at = converters.find({to, from});
  if (at != converters.end()) return at->second;
  return converters.emplace(std::pair(to, from), Converter(to, from)).first->second;
}

const std::string kUtf8 = "UTF-8";

}  // namespace

bool Charset::IsName(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':' || c == '+';
  });
}

Result<std::shared_ptr<const Charset>> Charset::Find(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Charset>, std::less<>> known;
  const std::string lower = AsciiLower(name);
  const std::lock_guard lock(mutex);
  if (const auto at = known.find(lower); at != known.end()) return at->second;
  if (!IsName(lower)) return Err(ErrorKind::kInvalidArgument, fmt::format("'{}' is no name of an encoding", name));
  std::shared_ptr<Charset> charset(new Charset());
  charset->name_ = lower;
  charset->system_ = lower;
  for (const auto& [alias, system] : kAliases) {
    if (alias == lower) charset->system_ = system;
  }
  Converter converter(kUtf8, charset->system_);
  if (!converter.good()) {
    return Err(ErrorKind::kInvalidArgument,
               fmt::format("the encoding '{}' is not known to this machine's C library; iconv -l lists those that are",
                           lower));
  }
  bool ascii = true;
  for (size_t i = 0; i < 256; ++i) {
    const char byte = static_cast<char>(i);
    std::string& character = charset->characters_[i];
    const bool whole = converter.Convert({&byte, 1}, &character) == 1;
    if (!whole && errno == EINVAL) charset->multi_byte_ = true;
    if (!whole) character.clear();
    if (i < 0x80) ascii = ascii && character == std::string_view(&byte, 1);
  }
  if (!ascii) {
    return Err(
        ErrorKind::kInvalidArgument,
        fmt::format("the encoding '{}' is no extension of ASCII: convert the file to UTF-8 first, e.g. with iconv",
                    lower));
  }
  known.emplace(lower, charset);
  return std::shared_ptr<const Charset>(charset);
}

std::shared_ptr<const Charset> CharsetOf(const Dialect& dialect) {
  return dialect.encoding == Encoding::kCharset ? Charset::Find(dialect.charset).value_or(nullptr) : nullptr;
}

void Charset::AppendTo(std::string_view bytes, std::string_view instead, std::string* out) const {
  const auto spoilt = [&](char byte) {
    instead.empty() ? out->push_back(byte) : static_cast<void>(out->append(instead));
  };
  if (!multi_byte_) {
    for (const char byte : bytes) {
      const std::string& character = characters_[static_cast<unsigned char>(byte)];
      character.empty() ? spoilt(byte) : static_cast<void>(out->append(character));
    }
    return;
  }
  Converter& converter = ConverterOf(kUtf8, system_);
  while (!bytes.empty()) {
    bytes.remove_prefix(converter.Convert(bytes, out));
    if (bytes.empty()) return;
    spoilt(bytes.front());
    bytes.remove_prefix(1);
  }
}

std::string Charset::FromUtf8(std::string_view utf8) const {
  std::string out;
  return ConverterOf(system_, kUtf8).Convert(utf8, &out) == utf8.size() ? out : std::string(utf8);
}

uint64_t Charset::SourceBytes(std::string_view utf8) const {
  if (!multi_byte_) {
    return static_cast<uint64_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  }
  uint64_t bytes = 0;
  while (!utf8.empty()) {
    const size_t end = std::min(utf8.find(kReplacement), utf8.size());
    std::string out;
    const size_t taken = ConverterOf(system_, kUtf8).Convert(utf8.substr(0, end), &out);
    bytes += out.size() + (end - taken);
    utf8.remove_prefix(end);
    if (utf8.starts_with(kReplacement)) {
      ++bytes;
      utf8.remove_prefix(kReplacement.size());
    }
  }
  return bytes;
}

}  // namespace calve::csv
