// From field positions to column vectors: a batch of records is decoded column by column, so that the type is looked at
// once a column, not once a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "csv/charset.h"
#include "csv/column_kernels.h"
#include "csv/dialect.h"
#include "csv/null_text.h"
#include "csv/reader.h"
#include "csv/record_parser.h"

namespace calve::csv {

/// Records that have the right number of fields, as a tokeniser (`ends`, see TokenizeJob) or the record parser (`refs`,
/// row by row) leaves them.
struct FieldBatch {
  const char* data = nullptr;  ///< kDecodePadding bytes must be readable behind every field.
  size_t rows = 0;
  size_t stride = 0;  ///< Fields a record: the columns, and those behind them that are none.
  const uint32_t* ends = nullptr;
  const FieldRef* refs = nullptr;
  bool quotes = false;    ///< `ends`: there may be quoted fields.
  bool strip_cr = false;  ///< `ends`: a CR in front of the record's end belongs to it.
};

/// A record that does not decode: its row in the batch and its first failing column.
struct BadRow {
  size_t row = 0;
  size_t column = 0;
};

/// Not thread-safe.
class ColumnDecoder {
 public:
  /// `parser` and `kernels` (nullptr: none) are borrowed.
  ColumnDecoder(const RecordParser& parser, std::span<const Column> columns, const ColumnKernels* kernels);

  /// Decodes `batch` into `sinks` from index `base` on, where every validity bit must be set; returns how many rows are
  /// good. The others, ascending, are put into `bad`, and nothing of theirs stays below the count.
  size_t Decode(const FieldBatch& batch, std::span<const ColumnSink> sinks, size_t base, std::vector<BadRow>* bad);

  /// Why a row of the batch is bad.
  std::string Explain(const FieldBatch& batch, const BadRow& bad) const;

 private:
  struct Text;
  class PlainFields;
  class QuotedFields;
  class RefFields;

  template <typename Fields>
  void DecodeAll(const Fields& fields, const FieldBatch& batch, std::span<const ColumnSink> sinks, size_t base,
                 std::vector<BadRow>* bad);
  template <typename Fields>
  void DecodeColumn(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink, size_t base);
  template <typename Fields, typename T, typename DecodeOne>
  void Loop(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink, size_t base,
            DecodeOne decode_one);
  template <typename Fields, typename T, typename DecodeOne>
  void DecodeRow(const Fields& fields, size_t row, size_t column, const ColumnSink& sink, size_t base,
                 DecodeOne decode_one);
  template <typename Fields>
  void DecodeDoubles(const Fields& fields, size_t rows, size_t column, const ColumnSink& sink, size_t base);
  template <typename Fields>
  void CheckText(const Fields& fields, size_t rows, size_t column);
  template <typename Fields>
  void AssignText(const Fields& fields, size_t column, const ColumnSink& sink, size_t base, size_t good);
  template <typename Fields>
  Text FieldAt(const Fields& fields, size_t row, size_t column) const;

  bool IsNull(const Text& text, size_t column) const;
  /// The forms that the type's quick way does not know, and blanks; false: the field is no value.
  template <typename T>
  bool DecodeSlowly(const Text& text, size_t row, size_t column, const ColumnSink& sink, size_t base);
  /// The field's value: escapes resolved, charset transcoded; in `scratch` when that changes it.
  std::string_view Resolve(const Text& text, std::string* scratch) const;
  void Fail(size_t row, size_t column);
  void DropBadRows(std::span<const ColumnSink> sinks, size_t base, size_t rows);

  const RecordParser& parser_;
  const ColumnKernels* kernels_;
  std::vector<Column> columns_;
  bool has_text_ = false;
  std::shared_ptr<const Charset> charset_;  // None: UTF-8.
  std::vector<NullTexts> nulls_;            // One a column.
  // Of the batch at hand.
  bool plain_ = false;  // Nothing but ASCII, no NUL.
  std::vector<BadRow> bad_;
  std::vector<bool> failed_;
  std::vector<uint32_t> good_rows_;  // When there are bad ones: the others.
  std::vector<uint32_t> rest_;       // Rows that a kernel left.
  std::string scratch_;
};

}  // namespace calve::csv
