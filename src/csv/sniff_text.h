// Samples as UTF-8 text: encoding, byte order mark, and whether it is text at all.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "csv/charset.h"
#include "csv/dialect.h"
#include "csv/sniff.h"

namespace calve::csv {

/// One sample, transcoded. `text` points into `owned` or into the caller's bytes.
struct TextSample {
  uint64_t offset_bytes = 0;  ///< Of text's first byte, in the source.
  std::string owned;
  std::string_view text;
  bool at_end = false;
};

struct SampledText {
  Encoding encoding = Encoding::kUtf8;
  std::shared_ptr<const Charset> charset;  ///< With kCharset.
  std::vector<TextSample> samples;  ///< By offset, not overlapping; the first is the head, without its byte order mark.
  std::vector<std::string> notes;
};

/// Decodes the samples. kBadData when they are no text (a known binary format, NUL bytes), or text in another encoding
/// than the one assumed: the message says what it looks like and what to do.
Result<SampledText> DecodeSamples(std::span<const Sample> samples, const SniffOverrides& overrides);

/// How many bytes of the source the UTF-8 `text` is.
uint64_t SourceBytes(const SampledText& sampled, std::string_view text);

}  // namespace calve::csv
