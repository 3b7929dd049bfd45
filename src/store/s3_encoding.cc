#include "store/s3_encoding.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "aws/time.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/whole_number.h"
#include "store/local_file.h"

namespace calve::store {
namespace {

constexpr size_t kReadBytes = size_t{256} << 10U;

std::string CrcBase64(uLong crc) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(crc >> shift));
  return Base64(bytes);
}

uLong AddCrc(uLong crc, std::string_view data) {
  return crc32_z(crc, reinterpret_cast<const Bytef*>(data.data()), data.size());
}

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// An MD5 in hexadecimal, "-7" behind it for seven parts.
bool LooksLikeETag(std::string_view text) {
  constexpr size_t kMd5Digits = 32;
  if (text.size() < kMd5Digits || !std::ranges::all_of(text.substr(0, kMd5Digits), IsHexDigit)) return false;
  const std::string_view rest = text.substr(kMd5Digits);
  return rest.empty() || (rest.size() > 1 && rest.front() == '-' && std::ranges::all_of(rest.substr(1), IsDigit));
}

}  // namespace

std::string Crc32Base64(std::string_view data) { return CrcBase64(AddCrc(crc32_z(0, nullptr, 0), data)); }

Result<std::string> FileCrc32Base64(const std::string& path, uint64_t offset_bytes, uint64_t length_bytes) {
  CALVE_ASSIGN_OR_RETURN(const OpenFile file, OpenRegular(path));
  std::string buffer(std::min<uint64_t>(kReadBytes, std::max<uint64_t>(length_bytes, 1)), '\0');
  uLong crc = crc32_z(0, nullptr, 0);
  for (uint64_t done = 0; done < length_bytes;) {
    const size_t wanted = std::min<uint64_t>(buffer.size(), length_bytes - done);
    const ssize_t n = pread(file.fd.get(), buffer.data(), wanted, static_cast<off_t>(offset_bytes + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(PathError(errno, "read", path));
    if (n == 0) return Err(ErrorKind::kConflict, fmt::format("{} shrank while it was uploaded", path));
    crc = AddCrc(crc, std::string_view(buffer).substr(0, static_cast<size_t>(n)));
    done += static_cast<uint64_t>(n);
  }
  return CrcBase64(crc);
}

std::string Md5Base64(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_md5(), nullptr) != 1) return "";
  return Base64({reinterpret_cast<const char*>(digest.data()), length});
}

int64_t ParseListedTimeMs(std::string_view text) {
  const std::optional<TimestampMicros> time = aws::ParseIsoTime(text);
  return time ? ToMillis(*time) : 0;
}

std::string DecodeListed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && IsHexDigit(text[i + 1]) && IsHexDigit(text[i + 2])) {
      unsigned value = 0;
      std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<ContentRange> ParseContentRange(std::string_view text) {
  static constexpr std::string_view kUnit = "bytes ";
  if (!text.starts_with(kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  const size_t dash = text.find('-');
  const size_t slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = WholeNumber<uint64_t>(text.substr(0, dash));
  const auto last = WholeNumber<uint64_t>(text.substr(dash + 1, slash - dash - 1));
  const auto size = WholeNumber<uint64_t>(text.substr(slash + 1));
  if (!first || !last || !size || *first > *last || *last >= *size) return std::nullopt;
  return ContentRange{*first, *last, *size};
}

std::string VersionOfETag(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    const std::string_view bare = etag.substr(1, etag.size() - 2);
    if (LooksLikeETag(bare)) return std::string(bare);
  }
  return std::string(etag);
}

std::optional<std::string> ETagOfVersion(std::string_view version) {
  if (LooksLikeETag(version)) return fmt::format("\"{}\"", version);
  if (version.starts_with('"') || version.starts_with("W/\"")) return std::string(version);
  return std::nullopt;
}

}  // namespace calve::store
