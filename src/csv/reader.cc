#include "csv/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "csv/charset.h"
#include "csv/column_decoder.h"
#include "csv/decode_number.h"
#include "csv/line_walker.h"
#include "csv/null_text.h"
#include "csv/reader_internal.h"
#include "csv/record_parser.h"
#include "csv/source_buffer.h"
#include "csv/tokenizer.h"

namespace calve::csv {
namespace {

static_assert(SourceBuffer::kPadding >= kDecodePadding);

// A batch's bytes should still be in the first-level cache when its last column is decoded.
constexpr size_t kBatchBytes = 32U << 10U;
constexpr size_t kMaxBatchRecords = 1024;
constexpr size_t kMinBatchRecords = 16;

class Reader final : public ChunkReader {
 public:
  Reader(const Dialect& dialect, std::span<const Column> columns, ReaderInput input, const ReaderOptions& options,
         const ColumnKernels* kernels)
      : columns_(columns.begin(), columns.end()),
        parser_(dialect, options.max_record_bytes),
        decoder_(parser_, columns, kernels),
        buffer_(std::move(input.read), dialect.encoding, input.start_bytes, input.range_end_bytes,
                options.buffer_bytes),
        on_bad_(std::move(input.on_bad)),
        max_raw_bytes_(options.max_raw_bytes),
        header_(columns.size() > 1 ? dialect.header : std::string()),
        stride_(columns.size() + dialect.trailing_delimiters) {
    summary_.first_offset_bytes = summary_.end_offset_bytes = input.start_bytes;
  }

  /// Lets a tokeniser do what it can.
  void Use(const Tokenizer& tokenizer) {
    if (!FastDialect::From(parser_.dialect(), &fast_dialect_)) return;
    tokenizer_ = &tokenizer;
    ends_.resize((kMaxBatchRecords + 1) * stride_ + 192);
  }

  Result<size_t> Fill(std::span<const ColumnSink> sinks, size_t capacity, uint64_t* offsets) override {
    if (sinks.size() != columns_.size()) {
      return Err(ErrorKind::kInternal, fmt::format("{} sinks for {} columns", sinks.size(), columns_.size()));
    }
    for (const ColumnSink& sink : sinks) std::memset(sink.validity, 0xFF, (capacity + 63) / 64 * 8);
    filled_ = 0;
    while (filled_ < capacity && !done_) {
      bool progress = false;
      if (tokenizer_ != nullptr) {
        CALVE_ASSIGN_OR_RETURN(progress, FastBatch(sinks, capacity, offsets));
      }
      if (!progress && !done_) CALVE_RETURN_IF_ERROR(GeneralBatch(sinks, capacity, offsets));
    }
    summary_.end_offset_bytes = buffer_.SourceOffset(pos_);
    return filled_;
  }

  const ReadSummary& summary() const override { return summary_; }

 private:
  // Whether it got on; if not, the record at pos_ is for the record parser.
  Result<bool> FastBatch(std::span<const ColumnSink> sinks, size_t capacity, uint64_t* offsets) {
    TokenizeJob job;
    job.data = buffer_.data();
    job.begin = pos_;
    job.size = buffer_.size();
    job.range_end = buffer_.RangeEnd();
    job.max_record = static_cast<size_t>(parser_.max_record_bytes());
    job.columns = stride_;
    job.max_records = std::min(capacity - filled_, batch_records_);
    job.ends = ends_.data();
    tokenizer_->tokenize(fast_dialect_, &job);
    StopAtSpecial(&job);
    if (job.records > 0) {
      FieldBatch batch{job.data, job.records, stride_, job.ends};
      batch.quotes = job.quotes;
      batch.strip_cr = fast_dialect_.pairs;
      row_begins_.clear();
      CALVE_RETURN_IF_ERROR(DecodeBatch(batch, sinks, offsets));
      const size_t mean = (job.next - pos_) / job.records + 1;
      batch_records_ = std::clamp(kBatchBytes / mean, kMinBatchRecords, kMaxBatchRecords);
      pos_ = job.next;
    }
    switch (job.stop) {
      case TokenizeJob::Stop::kFull:
        return true;
      case TokenizeJob::Stop::kRangeEnd:
        done_ = true;
        return true;
      case TokenizeJob::Stop::kOddRecord:
        return job.records > 0;
      case TokenizeJob::Stop::kOutOfData:
        break;
    }
    if (buffer_.at_end() || buffer_.size() - pos_ > parser_.max_record_bytes() + parser_.newline_bytes())
      return job.records > 0;
    CALVE_RETURN_IF_ERROR(More());
    return true;
  }

  // What looks like a record and may be none, or not all of it one: the record parser's.
  void StopAtSpecial(TokenizeJob* job) const {
    const std::string_view text(job->data, job->next);
    for (size_t row = 0; row < job->records; ++row) {
      const uint32_t* const ends = job->ends + row * stride_;
      const size_t begin = ends[0] + 1U;
      // Delimiters and the record's end alone.
      const size_t behind = ends[stride_] - ends[columns_.size()];
      const bool cr = behind > 0 && fast_dialect_.pairs && text[ends[stride_] - 1] == '\r';
      const bool nothing = behind == stride_ - columns_.size() + (cr ? 1 : 0);
      const bool header = !header_.empty() && text[begin] == header_[0] && text.substr(begin).starts_with(header_);
      const bool mark = text[begin] == kByteOrderMark[0] && !charset_;
      if (!mark && !header && (stride_ == columns_.size() || nothing)) continue;
      job->records = row;
      job->next = begin;
      job->stop = TokenizeJob::Stop::kOddRecord;
      return;
    }
  }

  Status More() {
    CALVE_RETURN_IF_ERROR(buffer_.Advance(pos_));
    pos_ = 0;
    return {};
  }

  // The record parser's turn: one record when a tokeniser waits behind it, else a batch.
  Status GeneralBatch(std::span<const ColumnSink> sinks, size_t capacity, uint64_t* offsets) {
    const size_t most = tokenizer_ != nullptr ? 1 : std::min(capacity - filled_, kMaxBatchRecords);
    const char* const data = buffer_.data();
    refs_.clear();
    row_begins_.clear();
    row_ends_.clear();
    size_t pos = pos_;
    ParsedLine line;
    bool odd = false;
    while (row_begins_.size() < most) {
      if (pos >= buffer_.RangeEnd() || (pos >= buffer_.size() && buffer_.at_end())) {
        done_ = true;
        break;
      }
      const size_t before = refs_.size();
      line = parser_.Parse(data, pos, buffer_.size(), buffer_.at_end(), &refs_);
      if (line.kind == ParsedLine::Kind::kNeedMore) break;
      if (Skipped(line)) {
        pos = line.next;
        continue;
      }
      if (IsHeader(line, pos)) {
        refs_.resize(before);
        ++summary_.repeated_headers;
        pos = line.next;
        continue;
      }
      if (!Fits(&line, pos, before)) {
        refs_.resize(before);
        odd = true;
        break;
      }
      row_begins_.push_back(static_cast<uint32_t>(pos));
      row_ends_.push_back(static_cast<uint32_t>(line.end));
      pos = line.next;
    }
    if (!row_begins_.empty()) {
      FieldBatch batch{data, row_begins_.size(), columns_.size()};
      batch.refs = refs_.data();
      CALVE_RETURN_IF_ERROR(DecodeBatch(batch, sinks, offsets));
    }
    pos_ = pos;
    if (odd) return OddLine(line);
    // NeedMore: what came before it is done with already.
    if (!done_ && line.kind == ParsedLine::Kind::kNeedMore) return More();
    return {};
  }

  bool Skipped(const ParsedLine& line) const {
    if (line.defect != Defect::kNone) return false;
    if (line.kind == ParsedLine::Kind::kComment) return true;
    return line.kind == ParsedLine::Kind::kBlank && columns_.size() > 1 && parser_.dialect().skip_empty_lines;
  }

  bool IsHeader(const ParsedLine& line, size_t pos) const {
    if (header_.empty() || line.kind != ParsedLine::Kind::kRecord) return false;
    std::string_view text(buffer_.data() + pos, line.end - pos);
    if (!charset_ && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return text == header_;
  }

  // Whether the line is a record with a field for each column; padded when the dialect says so.
  bool Fits(ParsedLine* line, size_t pos, size_t before) {
    if (line->defect != Defect::kNone) return false;
    if (line->kind == ParsedLine::Kind::kBlank)
      refs_.push_back(FieldRef{static_cast<uint32_t>(pos), static_cast<uint32_t>(pos)});
    found_fields_ = refs_.size() - before;
    if (found_fields_ < columns_.size() && parser_.dialect().ragged == Ragged::kPadNull) {
      FieldRef missing{static_cast<uint32_t>(line->end), static_cast<uint32_t>(line->end)};
      missing.missing = true;
      refs_.resize(before + columns_.size(), missing);
      return true;
    }
    const bool trailing = found_fields_ > columns_.size() && found_fields_ <= stride_ &&
                          std::all_of(refs_.begin() + static_cast<ptrdiff_t>(before + columns_.size()), refs_.end(),
                                      [&](const FieldRef& f) {
                                        const size_t size = f.end - f.begin;
                                        return !f.quoted && IsBlankText({buffer_.data() + f.begin, size});
                                      });
    if (trailing) refs_.resize(before + columns_.size());
    return trailing || found_fields_ == columns_.size();
  }

  // The line at pos_ is no record that can be let through; gets past it.
  Status OddLine(const ParsedLine& line) {
    const bool record = line.kind != ParsedLine::Kind::kComment;
    BadRecord bad;
    if (record) {
      bad.offset_bytes = buffer_.SourceOffset(pos_);
      bad.raw = Raw(pos_, line.end);
      bad.reason = Reason(line);
      if (line.defect != Defect::kNone && line.defect != Defect::kOversized && line.defect_field < columns_.size()) {
        bad.column = columns_[line.defect_field].name;
      }
    }
    pos_ = line.next;
    if (line.defect == Defect::kOversized) CALVE_RETURN_IF_ERROR(SkipToLineEnd(parser_, &buffer_, &pos_));
    return record ? Report(std::move(bad)) : Status();
  }

  std::string Reason(const ParsedLine& line) const {
    switch (line.defect) {
      case Defect::kNone:
        return fmt::format("expected {} fields, found {}", columns_.size(), found_fields_);
      case Defect::kStrayQuote:
        return "a quote inside an unquoted field";
      case Defect::kTextAfterQuote:
        return "text after a closing quote";
      case Defect::kUnterminatedQuote:
        return "unterminated quote";
      case Defect::kDanglingEscape:
        return "an escape with nothing behind it";
      case Defect::kOversized:
        return fmt::format("longer than the limit of {} bytes", parser_.max_record_bytes());
    }
    return {};
  }

  std::string Raw(size_t begin, size_t end) const {
    const std::string_view bytes(buffer_.data() + begin, std::min<size_t>(end - begin, max_raw_bytes_));
    if (!charset_) return std::string(bytes);
    std::string text;
    charset_->AppendTo(bytes, {}, &text);
    return text;
  }

  Status Report(BadRecord bad) {
    bad.record_number = summary_.records++;
    ++summary_.bad;
    return on_bad_(std::move(bad));
  }

  size_t RowBegin(const FieldBatch& batch, size_t row) const {
    return batch.ends != nullptr ? batch.ends[row * stride_] + 1U : row_begins_[row];
  }
  size_t RowEnd(const FieldBatch& batch, size_t row) const {
    if (batch.ends == nullptr) return row_ends_[row];
    const size_t end = batch.ends[(row + 1) * stride_];
    return batch.strip_cr && buffer_.data()[end - 1] == '\r' ? end - 1 : end;
  }

  Status DecodeBatch(const FieldBatch& batch, std::span<const ColumnSink> sinks, uint64_t* offsets) {
    bad_rows_.clear();
    const size_t good = decoder_.Decode(batch, sinks, filled_, &bad_rows_);
    size_t next_bad = 0;
    for (size_t row = 0; row < batch.rows && (offsets != nullptr || next_bad < bad_rows_.size()); ++row) {
      if (next_bad < bad_rows_.size() && bad_rows_[next_bad].row == row) {
        const BadRow& bad = bad_rows_[next_bad++];
        BadRecord record;
        record.offset_bytes = buffer_.SourceOffset(RowBegin(batch, row));
        record.record_number = summary_.records + row;
        record.column = columns_[bad.column].name;
        record.reason = decoder_.Explain(batch, bad);
        record.raw = Raw(RowBegin(batch, row), RowEnd(batch, row));
        CALVE_RETURN_IF_ERROR(on_bad_(std::move(record)));
      } else if (offsets != nullptr) {
        offsets[filled_ + row - next_bad] = buffer_.SourceOffset(RowBegin(batch, row));
      }
    }
    filled_ += good;
    summary_.records += batch.rows;
    summary_.bad += bad_rows_.size();
    return {};
  }

  std::vector<Column> columns_;
  RecordParser parser_;
  ColumnDecoder decoder_;
  SourceBuffer buffer_;
  std::function<Status(BadRecord)> on_bad_;
  uint64_t max_raw_bytes_;
  std::string header_;  // As it stands in the source; empty: not looked for.
  size_t stride_;       // Fields that a record may have, those counted that are none.
  const Tokenizer* tokenizer_ = nullptr;
  FastDialect fast_dialect_;
  std::vector<uint32_t> ends_;
  size_t batch_records_ = kMinBatchRecords;
  std::shared_ptr<const Charset> charset_ = CharsetOf(parser_.dialect());
  std::vector<FieldRef> refs_;
  std::vector<uint32_t> row_begins_, row_ends_;
  std::vector<BadRow> bad_rows_;
  size_t found_fields_ = 0;
  size_t filled_ = 0;
  size_t pos_ = 0;  // The next line start.
  bool done_ = false;
  ReadSummary summary_;
};

bool Overlaps(std::string_view text, char c) { return c != '\0' && text.find(c) != std::string_view::npos; }

}  // namespace

Result<Dialect> ByteDialect(const Dialect& dialect) {
  Dialect d = dialect;
  const auto refuse = [](std::string_view why) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("impossible CSV dialect: {}", why));
  };
  if (d.encoding == Encoding::kCharset) {
    CALVE_ASSIGN_OR_RETURN(const auto charset, Charset::Find(d.charset));
    d.delimiter = charset->FromUtf8(d.delimiter);
    d.custom_newline = charset->FromUtf8(d.custom_newline);
    d.header = charset->FromUtf8(d.header);
    for (std::string& null : d.null_strings) null = charset->FromUtf8(null);
    // A character's last byte may be any of the others.
    const auto alone = [](char c) { return c >= '\0' && c < '@' && (c < '0' || c > '9'); };
    if (charset->multi_byte() && !(std::ranges::all_of(d.delimiter + d.custom_newline, alone) && alone(d.quote) &&
                                   alone(d.escape) && alone(d.comment))) {
      return refuse(
          fmt::format("in {} the delimiter, quote, escape, comment and record delimiter must be ASCII "
                      "punctuation below '@'",
                      d.charset));
    }
  }
  std::string_view ends = "\r\n";
  if (d.newline == Newline::kLf) ends = "\n";
  if (d.newline == Newline::kCr) ends = "\r";
  if (d.newline == Newline::kCustom) {
    if (d.custom_newline.empty()) return refuse("the record delimiter is empty");
    ends = d.custom_newline;
    if (d.custom_newline == d.delimiter || d.delimiter.starts_with(d.custom_newline)) {
      return refuse("the record delimiter hides the field delimiter");
    }
  } else if (d.delimiter.find_first_of(ends) != std::string::npos) {
    return refuse("the delimiter has a record delimiter in it");
  }
  if (d.delimiter.empty()) return refuse("the delimiter is empty");
  if (Overlaps(d.delimiter, d.quote)) return refuse("the quote is part of the delimiter");
  if (Overlaps(ends, d.quote)) return refuse("the quote is part of the record delimiter");
  if (Overlaps(d.delimiter, d.escape)) return refuse("the escape is part of the delimiter");
  if (Overlaps(ends, d.escape)) return refuse("the escape is part of the record delimiter");
  if (Overlaps(ends, d.comment)) return refuse("the comment character is part of the record delimiter");
  if (Overlaps(d.delimiter, d.comment)) return refuse("the comment character is part of the delimiter");
  if (d.comment != '\0' && d.comment == d.quote) return refuse("the comment character is the quote");
  if (d.trim && (d.delimiter[0] == ' ' || d.quote == ' ')) return refuse("blanks cannot be trimmed where they delimit");
  return d;
}

Result<std::unique_ptr<ChunkReader>> MakeChunkReader(ReaderPath path, const Dialect& dialect,
                                                     std::span<const Column> columns, ReaderInput input,
                                                     const ReaderOptions& options) {
  CALVE_ASSIGN_OR_RETURN(const Dialect bytes, ByteDialect(dialect));
  if (columns.empty()) return Err(ErrorKind::kInvalidArgument, "a CSV source without columns");
  // Positions in the buffer are 32 bits wide.
  constexpr uint64_t kMostRecordBytes = uint64_t{1} << 30U;
  if (options.max_record_bytes == 0 || options.max_record_bytes > kMostRecordBytes) {
    return Err(ErrorKind::kInvalidArgument, fmt::format("a record limit of {} bytes; it must be 1 to {}",
                                                        options.max_record_bytes, kMostRecordBytes));
  }
  const ColumnKernels* const kernels = path == ReaderPath::kBest ? BestColumnKernels() : nullptr;
  auto reader = std::make_unique<Reader>(bytes, columns, std::move(input), options, kernels);
  if (path == ReaderPath::kBest) reader->Use(BestTokenizer());
  if (path == ReaderPath::kPortable) reader->Use(PortableTokenizer());
  return std::unique_ptr<ChunkReader>(std::move(reader));
}

Result<std::unique_ptr<ChunkReader>> ChunkReader::Make(const Dialect& dialect, std::span<const Column> columns,
                                                       uint64_t start_bytes, uint64_t range_end_bytes, ReadBytes read,
                                                       std::function<Status(BadRecord)> on_bad,
                                                       const ReaderOptions& options) {
  return MakeChunkReader(ReaderPath::kBest, dialect, columns,
                         ReaderInput{start_bytes, range_end_bytes, std::move(read), std::move(on_bad)}, options);
}

}  // namespace calve::csv
