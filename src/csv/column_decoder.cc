#include "csv/column_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "csv/decode.h"
#include "csv/decode_number.h"
#include "csv/decode_simple.h"
#include "csv/decode_temporal.h"
#include "csv/int128.h"

namespace calve::csv {

struct ColumnDecoder::Text {
  const char* p;
  size_t n;
  bool quoted = false;
  bool escaped = false;
  bool missing = false;
  std::string_view view() const { return {p, n}; }
};

// Fields between structural bytes, none of them quoted.
class ColumnDecoder::PlainFields {
 public:
  explicit PlainFields(const FieldBatch& batch)
      : data_(batch.data), ends_(batch.ends), stride_(batch.stride), strip_cr_(batch.strip_cr) {}
  Text Get(size_t row, size_t column) const {
    const uint32_t* const end = ends_ + row * stride_ + column + 1;
    const uint32_t from = end[-1] + 1;
    uint32_t to = *end;
    if (column + 1 == stride_ && strip_cr_) to -= data_[to - 1] == '\r' ? 1 : 0;
    return Text{data_ + from, to - from};
  }
  PlainColumn Column(size_t rows, size_t column) const {
    return PlainColumn{data_, ends_ + column, stride_, rows, strip_cr_ && column + 1 == stride_};
  }

 private:
  const char* data_;
  const uint32_t* ends_;
  size_t stride_;
  bool strip_cr_;
};

// The same where some may be quoted, or blanks around them are to go.
class ColumnDecoder::QuotedFields {
 public:
  QuotedFields(const FieldBatch& batch, const Dialect& dialect)
      : plain_(batch),
        quote_(dialect.quote),
        has_quote_(dialect.quote != '\0'),
        doubled_(dialect.escape == dialect.quote),
        trim_(dialect.trim) {}
  Text Get(size_t row, size_t column) const {
    Text text = plain_.Get(row, column);
    if (has_quote_ && text.n >= 2 && *text.p == quote_) {
      ++text.p;
      text.n -= 2;
      text.quoted = true;
      text.escaped = doubled_ && text.n != 0 && std::memchr(text.p, quote_, text.n) != nullptr;
      return text;
    }
    if (trim_) {
      while (text.n > 0 && text.p[text.n - 1] == ' ') --text.n;
      while (text.n > 0 && *text.p == ' ') {
        ++text.p;
        --text.n;
      }
    }
    return text;
  }

 private:
  PlainFields plain_;
  char quote_;
  bool has_quote_, doubled_, trim_;
};

class ColumnDecoder::RefFields {
 public:
  explicit RefFields(const FieldBatch& batch) : data_(batch.data), refs_(batch.refs), stride_(batch.stride) {}
  Text Get(size_t row, size_t column) const {
    const FieldRef& ref = refs_[row * stride_ + column];
    return Text{data_ + ref.begin, ref.end - ref.begin, ref.quoted, ref.escaped, ref.missing};
  }

 private:
  const char* data_;
  const FieldRef* refs_;
  size_t stride_;
};

namespace {

void ClearValid(uint64_t* validity, size_t index) { validity[index / 64] &= ~(uint64_t{1} << (index % 64)); }

// A string of up to 12 bytes in its 16-byte form.
void StoreShort(const char* p, size_t n, char* out) {
  const auto length = static_cast<uint32_t>(n);
  uint64_t low = detail::Load8(p);
  uint32_t high = 0;
  std::memcpy(&high, p + 8, sizeof(high));
  if (n < 8) {
    low &= (uint64_t{1} << (8 * n)) - 1;
    high = 0;
  } else {
    high &= static_cast<uint32_t>((uint64_t{1} << (8 * (n - 8))) - 1);
  }
  std::memcpy(out, &length, sizeof(length));
  std::memcpy(out + 4, &low, sizeof(low));
  std::memcpy(out + 12, &high, sizeof(high));
}

constexpr size_t kShortString = 12;

}  // namespace

ColumnDecoder::ColumnDecoder(const RecordParser& parser, std::span<const Column> columns, const ColumnKernels* kernels)
    : parser_(parser),
      kernels_(kernels),
      columns_(columns.begin(), columns.end()),
      charset_(CharsetOf(parser.dialect())) {
  nulls_.reserve(columns_.size());
  for (const auto& column : columns_) {
    has_text_ |= column.type.kind == TypeKind::kVarchar;
    nulls_.emplace_back(parser.dialect(), column);
  }
}

inline bool ColumnDecoder::IsNull(const Text& text, size_t column) const {
  const NullTexts& nulls = nulls_[column];
  return text.missing || (nulls.MayBeNull(text.n) && nulls.Matches(text.view(), text.quoted));
}

std::string_view ColumnDecoder::Resolve(const Text& text, std::string* scratch) const {
  std::string_view value = text.view();
  if (text.escaped) {
    parser_.Unescape(text.p, text.p + text.n, text.quoted, scratch);
    value = *scratch;
  }
  if (charset_ && !PlainAscii(value)) {
    std::string transcoded;
    charset_->AppendTo(value, {}, &transcoded);
    *scratch = std::move(transcoded);
    value = *scratch;
  }
  return value;
}

void ColumnDecoder::Fail(size_t row, size_t column) {
  if (failed_[row]) return;  // Columns come in order: the first failing one is there already.
  failed_[row] = true;
  bad_.push_back(BadRow{row, column});
}

template <typename T>
bool ColumnDecoder::DecodeSlowly(const Text& text, size_t row, size_t column, const ColumnSink& sink, size_t base) {
  T* const out = static_cast<T*>(sink.data) + base + row;
  if (nulls_[column].Matches(text.view(), text.quoted)) {
    *out = T{};
    ClearValid(sink.validity, base + row);
    return true;
  }
  return DecodeField(columns_[column].type, Resolve(text, &scratch_), out);
}

template <typename Fields, typename T, typename DecodeOne>
inline void ColumnDecoder::DecodeRow(const Fields& fields, size_t row, size_t column, const ColumnSink& sink,
                                     size_t base, DecodeOne decode_one) {
  T* const out = static_cast<T*>(sink.data) + base + row;
  const Text text = fields.Get(row, column);
  if (nulls_[column].MayBeNull(text.n) || text.escaped || text.missing) [[unlikely]] {
    if (IsNull(text, column)) {
      *out = T{};
      ClearValid(sink.validity, base + row);
      return;
    }
    if (text.escaped) {
      if (!DecodeSlowly<T>(text, row, column, sink, base)) Fail(row, column);
      return;
    }
  }
  if (!decode_one(text.p, text.n, out) && !DecodeSlowly<T>(text, row, column, sink, base)) [[unlikely]]
    Fail(row, column);
}

template <typename Fields, typename T, typename DecodeOne>
void ColumnDecoder::Loop(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink, size_t base,
                         DecodeOne decode_one) {
  for (size_t row = 0; row < rows; ++row) DecodeRow<Fields, T>(fields, row, column, sink, base, decode_one);
}

template <typename Fields>
void ColumnDecoder::DecodeDoubles(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink,
                                  size_t base) {
  const auto decode_one = [](const char* p, size_t n, double* out) { return DecodeDouble(p, n, out); };
  if constexpr (std::is_same_v<Fields, PlainFields>) {
    if (kernels_ != nullptr && !nulls_[column].numeric()) {
      rest_.resize(rows);
      const size_t left =
          kernels_->doubles(fields.Column(rows, column), static_cast<double*>(sink.data) + base, rest_.data());
      for (size_t i = 0; i < left; ++i) DecodeRow<Fields, double>(fields, rest_[i], column, sink, base, decode_one);
      return;
    }
  }
  Loop<Fields, double>(fields, rows, column, sink, base, decode_one);
}

template <typename Fields>
void ColumnDecoder::DecodeColumn(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink,
                                 size_t base) {
  const ColumnType type = columns_[column].type;
  const auto loop = [&]<typename T>(T /*value*/, auto decode_one) {
    Loop<Fields, T>(fields, rows, column, sink, base, decode_one);
  };
  DateMemo memo;
  switch (type.kind) {
    case TypeKind::kBoolean:
      return loop(uint8_t{}, [](const char* p, size_t n, uint8_t* out) { return DecodeBoolean(p, n, out); });
    case TypeKind::kInteger:
      return loop(int32_t{}, [](const char* p, size_t n, int32_t* out) { return DecodeInteger(p, n, out); });
    case TypeKind::kBigInt:
      return loop(int64_t{}, [](const char* p, size_t n, int64_t* out) { return DecodeInteger(p, n, out); });
    case TypeKind::kFloat:
      return loop(float{}, [](const char* p, size_t n, float* out) { return DecodeFloat(p, n, out); });
    case TypeKind::kDouble:
      return DecodeDoubles(fields, rows, column, sink, base);
    case TypeKind::kDecimal: {
      const auto decimal = [type](const char* p, size_t n, auto* out) {
        return DecodeDecimal(p, n, type.precision, type.scale, out);
      };
      switch (PhysicalSize(type)) {
        case 2:
          return loop(int16_t{}, decimal);
        case 4:
          return loop(int32_t{}, decimal);
        case 8:
          return loop(int64_t{}, decimal);
        default:
          return loop(Int128{}, decimal);
      }
    }
    case TypeKind::kDate:
      return loop(int32_t{}, [&memo](const char* p, size_t n, int32_t* out) { return DecodeDate(p, n, &memo, out); });
    case TypeKind::kTime:
      return loop(int64_t{}, [](const char* p, size_t n, int64_t* out) { return DecodeTime(p, n, out); });
    case TypeKind::kTimestamp:
      return loop(int64_t{},
                  [&memo](const char* p, size_t n, int64_t* out) { return DecodeTimestamp(p, n, &memo, out); });
    case TypeKind::kTimestampTz:
      return loop(int64_t{},
                  [&memo](const char* p, size_t n, int64_t* out) { return DecodeTimestampTz(p, n, &memo, out); });
    case TypeKind::kUuid:
      return loop(Int128{}, [](const char* p, size_t n, Int128* out) { return DecodeUuid(p, n, out); });
    case TypeKind::kVarchar:
      return;
  }
}

// Text is checked before anything of it is handed out, as what has been handed out cannot be taken back.
template <typename Fields>
void ColumnDecoder::CheckText(const Fields& fields, size_t rows, size_t column) {
  for (size_t row = 0; row < rows; ++row) {
    const Text text = fields.Get(row, column);
    if (PlainAscii(text.view())) continue;
    const std::string_view value = Resolve(text, &scratch_);
    if (FirstInvalidUtf8(value) != value.size() || value.find('\0') != std::string_view::npos) Fail(row, column);
  }
}

template <typename Fields>
void ColumnDecoder::AssignText(const Fields& fields, size_t column, const ColumnSink& sink, size_t base, size_t good) {
  char* out = static_cast<char*>(sink.data) + 16 * base;
  for (size_t i = 0; i < good; ++i, out += 16) {
    const Text text = fields.Get(good_rows_.empty() ? i : good_rows_[i], column);
    if (IsNull(text, column)) {
      std::memset(out, 0, 16);
      ClearValid(sink.validity, base + i);
      continue;
    }
    if (!text.escaped && text.n <= kShortString && (plain_ || !charset_)) [[likely]] {
      StoreShort(text.p, text.n, out);
      continue;
    }
    const std::string_view value = Resolve(text, &scratch_);
    if (value.size() > kShortString) {
      sink.assign_long(sink.context, base + i, value.data(), value.size());
    } else {
      char padded[kShortString + 4] = {};
      std::memcpy(padded, value.data(), value.size());
      StoreShort(padded, value.size(), out);
    }
  }
}

void ColumnDecoder::DropBadRows(std::span<const ColumnSink> sinks, size_t base, size_t rows) {
  std::sort(bad_.begin(), bad_.end(), [](const BadRow& a, const BadRow& b) { return a.row < b.row; });
  for (size_t row = 0; row < rows; ++row) {
    if (!failed_[row]) good_rows_.push_back(static_cast<uint32_t>(row));
  }
  for (size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].type.kind == TypeKind::kVarchar) continue;
    const size_t width = PhysicalSize(columns_[column].type);
    char* const data = static_cast<char*>(sinks[column].data);
    uint64_t* const validity = sinks[column].validity;
    for (size_t i = bad_.front().row; i < rows; ++i) {
      const size_t to = base + i;
      bool valid = true;
      if (i < good_rows_.size()) {
        const size_t from = base + good_rows_[i];
        std::memmove(data + to * width, data + from * width, width);
        valid = ((validity[from / 64] >> (from % 64)) & 1U) != 0;
      }
      validity[to / 64] |= uint64_t{1} << (to % 64);
      if (!valid) ClearValid(validity, to);
    }
  }
}

template <typename Fields>
void ColumnDecoder::DecodeAll(const Fields& fields, const FieldBatch& batch, std::span<const ColumnSink> sinks,
                              size_t base, std::vector<BadRow>* bad) {
  for (size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].type.kind != TypeKind::kVarchar) {
      DecodeColumn(fields, batch.rows, column, sinks[column], base);
    } else if (!plain_) {
      CheckText(fields, batch.rows, column);
    }
  }
  if (!bad_.empty()) DropBadRows(sinks, base, batch.rows);
  const size_t good = batch.rows - bad_.size();
  for (size_t column = 0; column < columns_.size() && has_text_ && good > 0; ++column) {
    if (columns_[column].type.kind == TypeKind::kVarchar) AssignText(fields, column, sinks[column], base, good);
  }
  bad->insert(bad->end(), bad_.begin(), bad_.end());
}

size_t ColumnDecoder::Decode(const FieldBatch& batch, std::span<const ColumnSink> sinks, size_t base,
                             std::vector<BadRow>* bad) {
  if (batch.rows == 0) return 0;
  bad_.clear();
  good_rows_.clear();
  failed_.assign(batch.rows, false);
  const size_t fields = batch.rows * batch.stride;
  const size_t from = batch.ends != nullptr ? batch.ends[0] + 1U : batch.refs[0].begin;
  const size_t to = batch.ends != nullptr ? batch.ends[fields] : 0;
  if (has_text_) plain_ = to > from && PlainAscii({batch.data + from, to - from});
  if (batch.ends == nullptr) {
    DecodeAll(RefFields(batch), batch, sinks, base, bad);
  } else if (batch.quotes || parser_.dialect().trim) {
    DecodeAll(QuotedFields(batch, parser_.dialect()), batch, sinks, base, bad);
  } else {
    DecodeAll(PlainFields(batch), batch, sinks, base, bad);
  }
  return batch.rows - bad_.size();
}

std::string ColumnDecoder::Explain(const FieldBatch& batch, const BadRow& bad) const {
  constexpr size_t kShownBytes = 100;
  const Text text = batch.ends == nullptr ? RefFields(batch).Get(bad.row, bad.column)
                                          : QuotedFields(batch, parser_.dialect()).Get(bad.row, bad.column);
  const ColumnType& type = columns_[bad.column].type;
  std::string scratch;
  const std::string_view value = Resolve(text, &scratch);
  if (type.kind != TypeKind::kVarchar)
    return fmt::format("'{}' is not {} {}", Printable(value, kShownBytes), type.kind == TypeKind::kInteger ? "an" : "a",
                       TypeName(type));
  const size_t invalid = FirstInvalidUtf8(value);
  if (invalid < value.size()) {
    return fmt::format("invalid UTF-8 at byte {} of the field: '{}'", invalid, Printable(value, kShownBytes));
  }
  return fmt::format("a NUL byte at byte {} of the field: '{}'", value.find('\0'), Printable(value, kShownBytes));
}

}  // namespace calve::csv
