#include "csv/sniff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"
#include "csv/decode.h"
#include "csv/infer.h"
#include "csv/null_text.h"
#include "csv/sniff_dialect.h"
#include "csv/sniff_evidence.h"
#include "csv/sniff_header.h"
#include "csv/sniff_names.h"
#include "csv/sniff_parts.h"
#include "csv/sniff_records.h"
#include "csv/sniff_text.h"

namespace calve::csv {
namespace {

constexpr size_t kMaxExampleBytes = 40;
/// A longer header is not looked for among the records: it would stand in each plan.
constexpr size_t kMaxHeaderBytes = size_t{64} << 10U;

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// A column's inference, and whether any of its unquoted values has spaces around it.
struct ColumnState {
  ColumnInference inference;
  bool padded = false;
  uint64_t unquoted = 0;  ///< Values without quotes.
  uint64_t indented = 0;  ///< ... that begin with a space.

  /// A space stands behind nearly every delimiter in front of it.
  bool Indented() const { return unquoted > 0 && indented * 10 >= unquoted * 9; }

  // Of the type that the column got in the end, sniffed or said.
  bool sound = false;    ///< Known to have no misfits, since it is the type that its values were found to be of.
  uint64_t checked = 0;  ///< Values that are not null.
  uint64_t misfits = 0;
  std::string misfit_example;
};

class Sniffer {
 public:
  Sniffer(SampledText sampled, SniffOverrides overrides, uint64_t size_bytes)
      : sampled_(std::move(sampled)), overrides_(std::move(overrides)), size_bytes_(size_bytes) {}

  Result<SniffResult> Run() {
    result_.notes = std::move(sampled_.notes);
    CALVE_RETURN_IF_ERROR(SkipLines());
    SkipSeparatorLine();
    CALVE_ASSIGN_OR_RETURN(DialectChoice choice, ChooseDialect(sampled_, head_from_, overrides_));
    Note(choice.notes);
    result_.dialect = choice.dialect;
    Dialect& dialect = result_.dialect;
    if (overrides_.ragged) dialect.ragged = *overrides_.ragged;
    if (!overrides_.null_strings.empty()) dialect.null_strings = overrides_.null_strings;

    parts_ = Split(sampled_, head_from_, dialect);
    SettleNewline();
    SettleComment();
    CALVE_ASSIGN_OR_RETURN(TableStart start, FindTableStart(parts_.parts.front(), dialect, parts_.columns, overrides_));
    KeepHeader(start);
    SettleBackslashN(start.data_at);
    NoteSequences(start.data_at);
    Infer(start.data_at);
    SettleTrim(start.data_at);
    DropNamelessColumns(start);
    SetOffsets(start);
    result_.columns = NameColumns(start.names, result_.notes);
    Note(start.notes);
    SetTypes();
    CALVE_RETURN_IF_ERROR(OverrideTypes(overrides_.columns, result_.columns));
    AdoptMarks();
    Measure(start.data_at);
    return std::move(result_);
  }

 private:
  void Note(const std::vector<std::string>& notes) {
    result_.notes.insert(result_.notes.end(), notes.begin(), notes.end());
  }

  Status SkipLines() {
    if (!overrides_.skip_lines) return {};
    Dialect lines;
    if (overrides_.newline) lines.newline = *overrides_.newline;
    if (overrides_.custom_newline) {
      lines.newline = Newline::kCustom;
      lines.custom_newline = *overrides_.custom_newline;
    }
    const std::string_view text = sampled_.samples.front().text;
    for (uint64_t i = 0; i < *overrides_.skip_lines; ++i) {
      const size_t end = FindLineEnd(text, head_from_, lines);
      if (end == std::string_view::npos) {
        return Err(ErrorKind::kBadData, fmt::format("--skip {} leaves nothing: line {} is the last in the sampled head",
                                                    *overrides_.skip_lines, i + 1));
      }
      head_from_ = end + LineEndAt(text, end, lines);
    }
    if (IsBlank(text.substr(head_from_)) && sampled_.samples.front().at_end) {
      return Err(ErrorKind::kBadData,
                 fmt::format("--skip {} leaves nothing: the file has no further lines that are not empty",
                             *overrides_.skip_lines));
    }
    return {};
  }

  /// "sep=;" in the first line is Excel's: it says the delimiter.
  void SkipSeparatorLine() {
    if (overrides_.skip_lines) return;
    const std::string_view text = sampled_.samples.front().text;
    const size_t end = FindLineEnd(text, head_from_, Dialect{});
    if (end == std::string_view::npos) return;
    std::string line = AsciiLower(Trimmed(text.substr(head_from_, end - head_from_)));
    if (line == "sep=" && text[end - 1] == '\t') line += '\t';  // Trimmed takes a tab off.
    if (line.size() == 7 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, 5);
    if (line.size() != 5 || !line.starts_with("sep=")) return;
    head_from_ = end + LineEndAt(text, end, Dialect{});
    if (!overrides_.delimiter) overrides_.delimiter = line.substr(4);
    result_.notes.push_back(
        fmt::format("the first line is Excel's '{}': it says the delimiter (--delimiter decides)", Printable(line)));
  }

  /// So that the reader knows it where it stands again. (In a file of one column it may be a value.)
  void KeepHeader(const TableStart& start) {
    if (!start.has_header || parts_.columns < 2) return;
    for (const SniffRecord& record : parts_.parts.front().records) {
      if (record.begin != start.header_at || record.end - record.begin > kMaxHeaderBytes) continue;
      result_.dialect.header = RecordText(parts_.parts.front(), record);
    }
    uint64_t again = 0;
    for (const SniffRecords& part : parts_.parts) {
      for (const SniffRecord& record : part.records) again += IsHeaderAgain(part, record);
    }
    again -= std::min<uint64_t>(again, 1);  // Itself.
    if (again == 0) return;
    result_.notes.push_back(
        fmt::format("{} of the sampled records are the header again, as where files were appended: "
                    "such records are set aside",
                    again));
  }

  bool IsHeaderAgain(const SniffRecords& part, const SniffRecord& record) const {
    return !result_.dialect.header.empty() && Counts(record) && RecordText(part, record) == result_.dialect.header;
  }

  /// Columns at the end that have no name and in which nothing ever stands are none: records end with delimiters.
  void DropNamelessColumns(TableStart& start) {
    const auto none = [&](size_t c) { return start.names[c].empty() && states_[c].inference.empty(); };
    uint32_t dropped = 0;
    while (parts_.columns > 1 && none(parts_.columns - 1)) {
      --parts_.columns;
      ++dropped;
    }
    if (dropped == 0) return;
    result_.dialect.trailing_delimiters = std::max(result_.dialect.trailing_delimiters, dropped);
    start.names.resize(parts_.columns);
    states_.resize(parts_.columns);
    result_.notes.push_back(fmt::format("{} at the end without a name, in which nothing stands: left out",
                                        dropped == 1 ? "a column" : fmt::format("{} columns", dropped)));
  }

  /// Kinds of line ends may be mixed where the dialect was not tried: the one that fits more records stands.
  void SettleNewline() {
    Dialect& dialect = result_.dialect;
    if (overrides_.newline || overrides_.custom_newline || dialect.newline != Newline::kAny) return;
    bool lf = false;
    bool crlf = false;
    bool cr = false;
    for (const TextSample& sample : sampled_.samples) {
      const std::string_view text = sample.text;
      crlf = crlf || text.find("\r\n") != std::string_view::npos;
      for (size_t at = text.find('\r'); at != std::string_view::npos && !cr; at = text.find('\r', at + 1)) {
        cr = at + 1 < text.size() && text[at + 1] != '\n';
      }
      for (size_t at = text.find('\n'); at != std::string_view::npos && !lf; at = text.find('\n', at + 1)) {
        lf = at > 0 && text[at - 1] != '\r';
      }
    }
    if (lf + crlf + cr < 2) return;
    for (const auto& [newline, present] : {std::pair{Newline::kCrLf, crlf}, {Newline::kLf, lf}}) {
      if (!present) continue;
      Dialect other = dialect;
      other.newline = newline;
      Parts parts = Split(sampled_, head_from_, other);
      // More records of the shape, not only fewer that fail: merged lines make fewer of both.
      if (parts.columns < 2 || parts.columns != parts_.columns || parts.fitting <= parts_.fitting) continue;
      dialect.newline = newline;
      parts_ = std::move(parts);
      result_.notes.push_back(
          fmt::format("records end with {} only: other line ends stand inside fields (--newline decides)",
                      newline == Newline::kCrLf ? "CRLF" : "LF"));
      return;
    }
  }

  /// '#' lines among the records, none of which is a record, are comments.
  void SettleComment() {
    Dialect& dialect = result_.dialect;
    if (overrides_.comment || dialect.comment != '\0' || parts_.columns < 2) return;
    bool table = false;
    uint64_t comments = 0;
    for (const SniffRecords& part : parts_.parts) {
      for (const SniffRecord& record : part.records) {
        if (!Counts(record)) continue;
        const bool hash = part.text[record.begin] == '#';
        const bool fits = Fits(record, parts_.columns, result_.dialect);
        if (hash && fits) return;
        table = table || fits;
        comments += table && hash;
      }
    }
    if (comments == 0) return;
    dialect.comment = '#';
    result_.notes.push_back(
        fmt::format("{} sampled line{} among the records begin with '#': taken for comments (--comment decides)",
                    comments, comments == 1 ? "" : "s"));
    parts_ = Split(sampled_, head_from_, dialect);
  }

  template <typename Visit>
  void ForEachFitting(const Parts& parts, size_t data_at, Visit visit) const {
    for (size_t i = 0; i < parts.parts.size(); ++i) {
      const SniffRecords& part = parts.parts[i];
      for (const SniffRecord& record : part.records) {
        if ((i == 0 && record.begin < data_at) || !Fits(record, parts.columns, result_.dialect)) continue;
        if (IsHeaderAgain(part, record)) continue;
        visit(part, record);
      }
    }
  }

  std::vector<ColumnState> InferFrom(const Parts& parts, const Dialect& dialect, size_t data_at) const {
    std::vector<ColumnState> states(parts.columns);
    const NullTexts text_nulls(dialect, {});
    std::string buffer;
    ForEachFitting(parts, data_at, [&](const SniffRecords& part, const SniffRecord& record) {
      const std::span<const FieldRef> fields = part.FieldsOf(record, parts.columns);
      for (size_t c = 0; c < fields.size(); ++c) {
        const FieldRef& field = fields[c];
        const std::string_view raw = RawText(part, field);
        if (IsBlankText(raw) || text_nulls.Matches(raw, field.quoted)) continue;
        const std::string_view value = FieldText(part, field, dialect, buffer);
        ColumnState& state = states[c];
        state.inference.Add(value, overrides_.null_strings.empty());
        if (field.quoted) continue;
        ++state.unquoted;
        state.indented += value.front() == ' ';
        state.padded = state.padded || value.front() == ' ' || value.back() == ' ';
      }
    });
    return states;
  }

  static std::string_view RawText(const SniffRecords& part, const FieldRef& field) {
    return part.text.substr(field.begin, field.end - field.begin);
  }

  /// `\N` alone and unquoted is null in every column: nobody but MySQL, PostgreSQL and Hive writes it, and they mean
  /// that. Where the escape is a backslash it would else be read as an N.
  void SettleBackslashN(size_t data_at) {
    constexpr std::string_view kBackslashN = "\\N";
    if (!overrides_.null_strings.empty()) return;
    bool seen = false;
    ForEachFitting(parts_, data_at, [&](const SniffRecords& part, const SniffRecord& record) {
      seen = seen || std::ranges::any_of(part.FieldsOf(record, parts_.columns), [&](const FieldRef& field) {
               return !field.quoted && RawText(part, field) == kBackslashN;
             });
    });
    if (!seen) return;
    result_.dialect.null_strings.emplace_back(kBackslashN);
    result_.notes.emplace_back("unquoted \\N is null, in every column (--null decides)");
  }

  /// The sequences of PostgreSQL's and MySQL's text formats are not decoded, and that is said.
  void NoteSequences(size_t data_at) {
    if (result_.dialect.escape == '\\') return;
    uint64_t fields = 0;
    bool characters = false;
    ForEachFitting(parts_, data_at, [&](const SniffRecords& part, const SniffRecord& record) {
      for (const FieldRef& field : part.FieldsOf(record, parts_.columns)) {
        if (field.quoted || RawText(part, field) == "\\N") continue;
        const Backslashes found = BackslashesIn(RawText(part, field));
        fields += found == Backslashes::kSequences;
        characters = characters || found == Backslashes::kCharacters;
      }
    });
    if (characters || fields == 0) return;
    result_.notes.push_back(fmt::format(
        "in {} sampled fields backslashes look like PostgreSQL's or MySQL's sequences (\\t, \\n, \\\\): they stay "
        "as they are; --sql with replace() decodes them",
        fields));
  }

  void Infer(size_t data_at) { states_ = InferFrom(parts_, result_.dialect, data_at); }

  static size_t TypedColumns(const std::vector<ColumnState>& states) {
    return static_cast<size_t>(std::ranges::count_if(
        states, [](const ColumnState& state) { return state.inference.Finish().type.kind != TypeKind::kVarchar; }));
  }

  /// Spaces around numbers are no part of them, nor is one that stands behind each delimiter. Others are where text
  /// would lose them.
  void SettleTrim(size_t data_at) {
    const bool padded = std::ranges::any_of(states_, &ColumnState::padded);
    if (overrides_.trim || !padded || result_.dialect.delimiter == " ") return;
    Dialect trimmed = result_.dialect;
    trimmed.trim = true;
    Parts parts = Split(sampled_, head_from_, trimmed);
    if (parts.columns != parts_.columns || parts.fitting < parts_.fitting) return;
    std::vector<ColumnState> states = InferFrom(parts, trimmed, data_at);
    const bool indented = std::ranges::any_of(states_, &ColumnState::Indented);
    if (!indented && TypedColumns(states) <= TypedColumns(states_)) return;
    for (size_t c = 0; c < states.size(); ++c) {
      const bool text = states[c].inference.Finish().type.kind == TypeKind::kVarchar;
      if (states_[c].padded && text && !states_[c].Indented()) return;
    }
    result_.dialect.trim = true;
    parts_ = std::move(parts);
    states_ = std::move(states);
    result_.notes.push_back(indented
                                ? "spaces around unquoted fields are not part of them: one stands behind each delimiter"
                                : "spaces around unquoted fields are not part of them: numbers stand between spaces");
  }

  void SetOffsets(const TableStart& start) {
    const TextSample& head = sampled_.samples.front();
    Dialect& dialect = result_.dialect;
    const auto offset = [&](size_t at) {
      return std::min(size_bytes_, head.offset_bytes + SourceBytes(sampled_, head.text.substr(0, at)));
    };
    dialect.has_header = start.has_header;
    dialect.header_offset_bytes = offset(start.header_at);
    dialect.data_offset_bytes = offset(start.data_at);
  }

  void SetTypes() {
    if (overrides_.all_varchar) return;
    for (size_t c = 0; c < states_.size(); ++c) {
      const Inference inference = states_[c].inference.Finish();
      Column& column = result_.columns[c];
      column.type = inference.type;
      column.keep_leading_zeros = inference.keep_leading_zeros;
      if (inference.keep_leading_zeros) {
        result_.notes.push_back(
            fmt::format("{} is VARCHAR: as numbers its values would lose leading zeros", column.name));
      }
      if (!inference.other_form.empty()) {
        result_.notes.push_back(
            fmt::format("{} is VARCHAR: some of its numbers are in another form, e.g. '{}' (with --column {}=BIGINT or "
                        "DOUBLE their records go to quarantine)",
                        column.name, Printable(inference.other_form), column.name));
      }
      if (inference.too_many_digits) {
        result_.notes.push_back(
            fmt::format("{} is VARCHAR: its numbers have more digits than a DOUBLE holds (--column {}="
                        "'DECIMAL(38,10)' or the like keeps them as numbers)",
                        column.name, column.name));
      }
    }
  }

  /// Marks of missing values are null where the column is no text, sniffed or said.
  void AdoptMarks() {
    for (size_t c = 0; c < states_.size(); ++c) {
      Column& column = result_.columns[c];
      column.null_strings = states_[c].inference.MarksFor(column.type);
      if (column.null_strings.empty()) continue;
      std::string marks;
      for (const std::string& mark : column.null_strings) {
        marks += fmt::format("{}'{}'", marks.empty() ? "" : ", ", Printable(mark));
      }
      result_.notes.push_back(fmt::format("{} null in {}, whose other values are {} (--null decides)",
                                          marks + (column.null_strings.size() == 1 ? " is" : " are"), column.name,
                                          TypeName(column.type)));
    }
  }

  void Measure(size_t data_at) {
    uint64_t bytes = 0;
    uint64_t fitting = 0;
    uint64_t misfits = 0;
    std::vector<NullTexts> nulls;
    for (size_t c = 0; c < states_.size(); ++c) {
      const Column& column = result_.columns[c];
      nulls.emplace_back(result_.dialect, column);
      const Inference inference = states_[c].inference.Finish();
      states_[c].sound = inference.misfits == 0 && inference.type == column.type;
    }
    for (size_t i = 0; i < parts_.parts.size(); ++i) {
      const SniffRecords& part = parts_.parts[i];
      for (const SniffRecord& record : part.records) {
        if ((i == 0 && record.begin < data_at) || !Counts(record) || IsHeaderAgain(part, record)) continue;
        ++result_.sampled_records;
        bytes += SourceBytes(sampled_, part.text.substr(record.begin, record.next - record.begin));
        if (!Fits(record, parts_.columns, result_.dialect)) {
          if (result_.bad_example.empty()) {
            result_.bad_example = record.malformed
                                      ? "a quote that does not fit"
                                      : fmt::format("{} fields where the file has {}", record.fields, parts_.columns);
          }
          continue;
        }
        ++fitting;
        misfits += CountMisfits(part, record, nulls);
      }
    }
    const uint64_t ragged = result_.sampled_records - fitting;
    result_.sampled_bad_records = ragged + misfits;
    if (result_.sampled_records > 0) {
      result_.mean_record_bytes = static_cast<double>(bytes) / static_cast<double>(result_.sampled_records);
    }
    NoteMisfits();
    if (ragged > 0) {
      result_.notes.push_back(
          fmt::format("{} of {} sampled records do not have {} well-formed fields: such records go to quarantine "
                      "(--ragged pad-null "
                      "takes short ones, their last fields null)",
                      ragged, result_.sampled_records, parts_.columns));
    }
  }

  /// Whether a value of the record is none of its column's type, by the reader's own rules; counts each of them.
  bool CountMisfits(const SniffRecords& part, const SniffRecord& record, std::span<const NullTexts> nulls) {
    bool bad = false;
    std::string buffer;
    const std::span<const FieldRef> fields = part.FieldsOf(record, parts_.columns);
    for (size_t c = 0; c < fields.size(); ++c) {
      const ColumnType& type = result_.columns[c].type;
      ColumnState& state = states_[c];
      if (state.sound || type.kind == TypeKind::kVarchar) continue;
      const FieldRef& field = fields[c];
      if (nulls[c].Matches(RawText(part, field), field.quoted)) continue;
      const std::string_view value = FieldText(part, field, result_.dialect, buffer);
      ++state.checked;
      if (DecodeField(type, value, nullptr)) continue;
      if (state.misfits++ == 0) {
        state.misfit_example = Printable(MendedUtf8(value.substr(0, kMaxExampleBytes)));
        if (result_.bad_example.empty()) {
          result_.bad_example =
              fmt::format("column {}: '{}' is not a {}", result_.columns[c].name, state.misfit_example, TypeName(type));
        }
      }
      bad = true;
    }
    return bad;
  }

  void NoteMisfits() {
    for (size_t c = 0; c < states_.size(); ++c) {
      const ColumnState& state = states_[c];
      const Column& column = result_.columns[c];
      if (state.misfits == 0) continue;
      result_.notes.push_back(
          fmt::format("{} of {} sampled values of {} are no {} (e.g. '{}'): their records go to quarantine (--column "
                      "{}=VARCHAR keeps them)",
                      state.misfits, state.checked, column.name, TypeName(column.type),
                      Printable(MendedUtf8(state.misfit_example)), column.name));
    }
  }

  SampledText sampled_;
  SniffOverrides overrides_;  ///< What the user said, and what the file itself says.
  uint64_t size_bytes_;
  size_t head_from_ = 0;
  Parts parts_;
  std::vector<ColumnState> states_;
  SniffResult result_;
};

}  // namespace

Result<SniffResult> Sniff(std::span<const Sample> samples, uint64_t size_bytes, const SniffOverrides& overrides) {
  if (size_bytes == 0) return Err(ErrorKind::kBadData, "the file is empty");
  if (overrides.delimiter && overrides.delimiter->empty()) {
    return Err(ErrorKind::kInvalidArgument, "--delimiter must have at least one character");
  }
  if (overrides.delimiter && overrides.quote && *overrides.delimiter == std::string(1, *overrides.quote)) {
    return Err(ErrorKind::kInvalidArgument, "--delimiter and --quote are the same character");
  }
  CALVE_ASSIGN_OR_RETURN(SampledText sampled, DecodeSamples(samples, overrides));
  const bool whole = sampled.samples.size() == 1 && sampled.samples.front().at_end;
  if (whole && IsBlank(sampled.samples.front().text)) {
    return Err(ErrorKind::kBadData, "the file is empty: it has blank lines only");
  }
  return Sniffer(std::move(sampled), overrides, size_bytes).Run();
}

}  // namespace calve::csv
