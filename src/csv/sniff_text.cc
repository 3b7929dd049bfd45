#include "csv/sniff_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/utf8.h"
#include "csv/sniff_charset.h"

namespace calve::csv {
namespace {

struct Magic {
  std::string_view bytes;
  std::string_view what;
  std::string_view todo;
};

constexpr std::string_view kDecompress = "decompress it first";
constexpr std::string_view kExport = "export it as CSV first";
constexpr std::string_view kFromUtf32 = "convert it first: iconv -f utf-32 -t utf-8";

/// First bytes of formats that people hand over by mistake.
constexpr Magic kMagics[] = {
    {"\x1f\x8b", "gzip", kDecompress},
    {"PK\x03\x04", "a zip archive (or an Excel .xlsx workbook)", "unpack it, or export the sheet as CSV, first"},
    {"\x28\xb5\x2f\xfd", "zstd", kDecompress},
    {"BZh", "bzip2", kDecompress},
    {"\xfd"
     "7zXZ",
     "xz", kDecompress},
    {"\x04\x22\x4d\x18", "lz4", kDecompress},
    {"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"},
    {"PAR1", "Parquet", kExport},
    {"ORC", "ORC", kExport},
    {"Obj\x01", "Avro", kExport},
    {"ARROW1", "an Arrow file", kExport},
    {"SQLite format 3", "an SQLite database", kExport},
    {"\xd0\xcf\x11\xe0", "an Excel .xls workbook", kExport},
    {"%PDF-", "PDF", kExport},
    {"\x89PNG", "a PNG image", "give a CSV file"},
    {"\xff\xd8\xff", "a JPEG image", "give a CSV file"},
    {"GIF8", "a GIF image", "give a CSV file"},
    {"\x7f"
     "ELF",
     "a program", "give a CSV file"},
    {"<?xml", "XML", kExport},
    {"<!DOCTYPE", "HTML", kExport},
    {"<html", "HTML", kExport},
    {{"\xff\xfe\0\0", 4}, "UTF-32", kFromUtf32},
    {{"\0\0\xfe\xff", 4}, "UTF-32", kFromUtf32},
};

Status RefuseBinary(std::string_view head) {
  for (const Magic& magic : kMagics) {
    if (!head.starts_with(magic.bytes)) continue;
    // Three letters of plain text may begin a header too: ORC and bzip2 are followed by bytes that text never has.
    if (magic.what == "ORC" || magic.what == "bzip2") {
      const std::string_view rest = head.substr(3, 64);
      const bool binary = std::ranges::any_of(
          rest, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t'; });
      if (!binary) continue;
    }
    return Err(ErrorKind::kBadData, fmt::format("not a CSV: looks like {}; {}", magic.what, magic.todo));
  }
  return {};
}

/// JSON that a CSV reader would cut at its commas.
Status RefuseJson(std::string_view head) {
  size_t at = head.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) return {};
  if (head[at] == '[') at = head.find_first_not_of(" \t\r\n", at + 1);
  if (at == std::string_view::npos || head[at] != '{') return {};
  at = head.find_first_not_of(" \t\r\n", at + 1);
  if (at == std::string_view::npos || head[at] != '"') return {};
  const size_t end = head.find('"', at + 1);
  if (end == std::string_view::npos) return {};
  const size_t colon = head.find_first_not_of(" \t", end + 1);
  if (colon == std::string_view::npos || head[colon] != ':') return {};
  return Err(ErrorKind::kBadData,
             "not a CSV: looks like JSON; export it as CSV first, or say --delimiter to read it as CSV");
}

/// UTF-16 without a byte order mark: mostly Latin text has its high bytes zero, all on the same side.
std::optional<Encoding> Utf16ByNuls(std::string_view head) {
  const size_t pairs = std::min<size_t>(head.size(), 4096) / 2;
  if (pairs < 2) return std::nullopt;
  size_t even = 0;
  size_t odd = 0;
  for (size_t i = 0; i < pairs; ++i) {
    even += head[2 * i] == '\0';
    odd += head[2 * i + 1] == '\0';
  }
  if (odd * 10 >= pairs * 7 && even * 50 <= pairs) return Encoding::kUtf16Le;
  if (even * 10 >= pairs * 7 && odd * 50 <= pairs) return Encoding::kUtf16Be;
  return std::nullopt;
}

constexpr char32_t kReplacement = 0xFFFD;

std::string FromUtf16(std::string_view bytes, bool little) {
  std::string out;
  out.reserve(bytes.size());
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]);
    const auto b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(little ? a | (b << 8U) : b | (a << 8U));
  };
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const uint32_t high = unit(i);
    if (high < 0xD800 || high > 0xDFFF) {
      AppendCodePoint(high, &out);
    } else if (high <= 0xDBFF && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF) {
      AppendCodePoint(0x10000 + ((high - 0xD800) << 10U) + (unit(i + 2) - 0xDC00), &out);
      i += 2;
    } else {
      AppendCodePoint(kReplacement, &out);
    }
  }
  return out;
}

struct LineCounts {
  uint64_t lines = 0;
  uint64_t invalid = 0;    ///< Lines with a byte that is not UTF-8.
  uint64_t non_ascii = 0;  ///< Valid lines with characters beyond ASCII.
  uint64_t nul = 0;
};

void CountLines(std::string_view text, bool whole, bool at_end, LineCounts& counts) {
  // The first line of a sample from the middle, and the last of one that is cut, may begin or end inside a character.
  size_t at = 0;
  if (!whole) {
    at = text.find('\n');
    at = at == std::string_view::npos ? text.size() : at + 1;
  }
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    const bool last = end == std::string_view::npos;
    if (last) end = text.size();
    bool invalid = false;
    bool non_ascii = false;
    bool nul = false;
    for (size_t i = at; i < end;) {
      const char c = text[i];
      if (static_cast<signed char>(c) > 0) {
        ++i;
        continue;
      }
      if (c == '\0') {
        nul = true;
        ++i;
        continue;
      }
      const size_t length = Utf8Length(text, i);
      non_ascii = true;
      if (length == 0 && (!last || at_end || i + 4 <= end)) invalid = true;
      i += std::max<size_t>(length, 1);
    }
    ++counts.lines;
    counts.nul += nul;
    counts.invalid += invalid;
    counts.non_ascii += non_ascii && !invalid;
    at = end + 1;
  }
}

/// So many broken lines are accidents; more are a system.
uint64_t Tolerated(uint64_t lines) { return std::max<uint64_t>(lines / 50, lines >= 20 ? 1 : 0); }

std::string Proposal(const SampledText& sampled) {
  std::string text;
  for (const TextSample& sample : sampled.samples) text.append(sample.text).push_back('\n');
  return ProposeCharsets(text);
}

Status CheckUtf8(SampledText& sampled, bool told) {
  LineCounts counts;
  for (size_t i = 0; i < sampled.samples.size(); ++i)
    CountLines(sampled.samples[i].text, i == 0, sampled.samples[i].at_end, counts);
  if (counts.nul > Tolerated(counts.lines)) {
    return Err(ErrorKind::kBadData,
               fmt::format("not a CSV: {} of {} sampled lines hold NUL bytes, so it is binary, or text in another "
                           "encoding; if it is UTF-16, say --encoding utf-16le or utf-16be",
                           counts.nul, counts.lines));
  }
  if (counts.invalid == 0 || told) return {};
  const bool accident = counts.invalid <= Tolerated(counts.lines) || counts.non_ascii >= 4 * counts.invalid;
  if (!accident) {
    return Err(
        ErrorKind::kBadData,
        fmt::format(
            "{} of {} sampled lines are not valid UTF-8; {}; to send those records to quarantine, say --encoding "
            "utf-8",
            counts.invalid, counts.lines, Proposal(sampled)));
  }
  sampled.notes.push_back(fmt::format("{} of {} sampled lines are not valid UTF-8: such records go to quarantine ({})",
                                      counts.invalid, counts.lines, Proposal(sampled)));
  return {};
}

struct Bom {
  Encoding encoding;
  size_t bytes;
};

std::optional<Bom> FindBom(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) return Bom{Encoding::kUtf8, 3};
  if (head.starts_with("\xFF\xFE")) return Bom{Encoding::kUtf16Le, 2};
  if (head.starts_with("\xFE\xFF")) return Bom{Encoding::kUtf16Be, 2};
  return std::nullopt;
}

TextSample Transcode(const Sample& sample, uint64_t skip, const SampledText& sampled) {
  const Encoding encoding = sampled.encoding;
  TextSample out;
  out.at_end = sample.at_end;
  if (encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be) {
    // Code units stand at even offsets.
    skip += (sample.offset_bytes + skip) % 2;
  }
  skip = std::min<uint64_t>(skip, sample.bytes.size());
  out.offset_bytes = sample.offset_bytes + skip;
  const std::string_view bytes = sample.bytes.substr(skip);
  switch (encoding) {
    case Encoding::kUtf8:
      out.text = bytes;
      return out;
    case Encoding::kCharset:
      sampled.charset->AppendTo(bytes, "\xEF\xBF\xBD", &out.owned);
      return out;
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      out.owned = FromUtf16(bytes, encoding == Encoding::kUtf16Le);
      return out;
  }
  return out;
}

}  // namespace

Result<SampledText> DecodeSamples(std::span<const Sample> samples, const SniffOverrides& overrides) {
  std::vector<Sample> sorted(samples.begin(), samples.end());
  std::ranges::stable_sort(sorted, {}, &Sample::offset_bytes);
  if (sorted.empty() || sorted.front().offset_bytes != 0) {
    return Err(ErrorKind::kInvalidArgument, "sniffing needs the head of the source among its samples");
  }
  const std::string_view head = sorted.front().bytes;
  SampledText out;
  const std::optional<Bom> bom = FindBom(head);
  uint64_t skip = 0;
  if (overrides.encoding) {
    out.encoding = *overrides.encoding;
    if (out.encoding == Encoding::kCharset) {
      CALVE_ASSIGN_OR_RETURN(out.charset, Charset::Find(overrides.charset));
    }
    if (bom && bom->encoding == out.encoding) skip = bom->bytes;
  } else {
    CALVE_RETURN_IF_ERROR(RefuseBinary(head));  // First: UTF-32's mark begins with UTF-16's.
    if (bom) {
      out.encoding = bom->encoding;
      skip = bom->bytes;
    } else if (const auto encoding = Utf16ByNuls(head)) {
      out.encoding = *encoding;
      out.notes.push_back(fmt::format(
          "read as UTF-16 ({} endian): there is no byte order mark, but every second byte is zero; --encoding decides",
          *encoding == Encoding::kUtf16Le ? "little" : "big"));
    }
  }
  if (!overrides.delimiter) CALVE_RETURN_IF_ERROR(RefuseJson(head.substr(0, 4096)));

  uint64_t covered = skip;
  for (const Sample& sample : sorted) {
    const uint64_t end = sample.offset_bytes + sample.bytes.size();
    if (!out.samples.empty() && end <= covered) {
      out.samples.back().at_end = out.samples.back().at_end || (sample.at_end && end == covered);
      continue;
    }
    const uint64_t from = covered > sample.offset_bytes ? covered - sample.offset_bytes : 0;
    out.samples.push_back(Transcode(sample, from, out));
    covered = std::max(covered, end);
  }
  for (TextSample& sample : out.samples) {
    if (!sample.owned.empty()) sample.text = sample.owned;
  }
  CALVE_RETURN_IF_ERROR(CheckUtf8(out, overrides.encoding.has_value()));
  return out;
}

uint64_t SourceBytes(const SampledText& sampled, std::string_view text) {
  if (sampled.encoding == Encoding::kUtf8) return text.size();
  if (sampled.encoding == Encoding::kCharset) return sampled.charset->SourceBytes(text);
  uint64_t bytes = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U) continue;
    bytes += byte >= 0xF0 ? 4 : 2;
  }
  return bytes;
}

}  // namespace calve::csv
