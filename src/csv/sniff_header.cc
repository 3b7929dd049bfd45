#include "csv/sniff_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/ascii.h"
#include "base/utf8.h"
#include "base/whole_number.h"
#include "csv/sniff_dialect.h"
#include "csv/sniff_evidence.h"
#include "csv/sniff_parts.h"
#include "csv/sniff_score.h"

namespace calve::csv {
namespace {

constexpr size_t kMaxHeaderRows = 5;
constexpr size_t kMaxPreambleRecords = 100;
constexpr size_t kMaxBodyRecords = 2000;
constexpr size_t kMaxNameBytes = 128;
constexpr size_t kCountedRows = 200;

/// A letter of ASCII, or a byte beyond it.
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0; }

class Finder {
 public:
  Finder(const SniffRecords& head, const Dialect& dialect, uint32_t columns, const SniffOverrides& overrides)
      : head_(head), dialect_(dialect), columns_(columns), overrides_(overrides) {
    for (size_t i = 0; i < head.records.size(); ++i) {
      const SniffRecord& record = head.records[i];
      if (!Counts(record)) continue;
      order_.push_back(i);
      if (Fits(i)) fitting_.push_back(i);
    }
    SetRepeatsAside();
    BuildProfiles();
  }

  Result<TableStart> Find() {
    if (order_.empty()) {
      return Err(
          ErrorKind::kBadData,
          "no complete record in the file's head: the record delimiter or the quote is another one; say which with "
          "--newline or --quote");
    }
    if (overrides_.header == false) return WithoutHeader();
    if (overrides_.skip_lines) return Told();
    if (fitting_.empty()) {
      return Err(
          ErrorKind::kBadData,
          "the file's head has no record like the ones further on; say where the table starts with --skip, or what "
          "separates its fields with --delimiter");
    }
    return Search();
  }

 private:
  bool Fits(size_t i) const {
    const SniffRecord& record = head_.records[i];
    return Counts(record) && !record.malformed && csv::Fits(record, columns_, dialect_);
  }

  void BuildProfiles() {
    profiles_.resize(columns_);
    // The first records may be header rows.
    const size_t from =
        fitting_.size() < 2 ? fitting_.size() : std::min<size_t>(kMaxHeaderRows + 1, (fitting_.size() + 1) / 2);
    std::string buffer;
    for (size_t k = from; k < fitting_.size() && k < from + kMaxBodyRecords; ++k) {
      const SniffRecord& record = head_.records[fitting_[k]];
      ++body_records_;
      const std::span<const FieldRef> fields = head_.FieldsOf(record, columns_);
      for (size_t c = 0; c < fields.size(); ++c) {
        const std::string_view value = FieldText(head_, fields[c], dialect_, buffer);
        if (value.empty()) continue;
        ++body_cells_;
        profiles_[c].Add(value);
      }
    }
    for (Profile& profile : profiles_) profile.type = profile.inference.Finish().type;
  }

  /// One cell a column where the record fits, else one a field.
  std::vector<std::string> Cells(size_t i) const {
    std::vector<std::string> cells;
    std::string buffer;
    for (const FieldRef& field : head_.FieldsOf(head_.records[i])) {
      cells.push_back(Trimmed(FieldText(head_, field, dialect_, buffer)));
    }
    if (Fits(i)) cells.resize(columns_);
    return cells;
  }

  std::string_view Raw(size_t i) const { return RecordText(head_, head_.records[i]); }

  /// A first record that stands again and again, whose cells stand nowhere else in their columns, is the header of
  /// files that were appended. (In a file of texts alone none of the others may stand twice, or they are values, too.)
  void SetRepeatsAside() {
    if (columns_ < 2 || fitting_.size() < 4) return;
    const size_t first = fitting_.front();
    const std::string_view text = Raw(first);
    const auto again = [&](size_t i) { return Raw(i) == text; };
    const auto body = std::span(fitting_).subspan(1, std::min(fitting_.size() - 1, kMaxBodyRecords));
    const auto repeats = static_cast<size_t>(std::ranges::count_if(body, again));
    const size_t others = body.size() - repeats;
    if (repeats == 0 || others < 2 || others < repeats) return;
    const std::vector<std::string> cells = Cells(first);
    std::set<std::string_view> distinct;
    for (const size_t i : body) {
      if (again(i)) continue;
      distinct.insert(Raw(i));
      const std::vector<std::string> values = Cells(i);
      for (size_t c = 0; c < cells.size() && c < values.size(); ++c) {
        if (!cells[c].empty() && values[c] == cells[c]) return;
      }
    }
    const bool names = std::ranges::none_of(cells, [](const std::string& cell) { return LooksTyped(cell); });
    if (distinct.size() < others || !names) return;
    recurs_ = true;
    std::erase_if(fitting_, [&](size_t i) { return i != first && again(i); });
  }

  Evidence Weigh(const std::vector<std::string>& cells) const {
    Evidence out;
    if (recurs_ && cells == Cells(fitting_.front())) out.header += 3;
    bool names = true;
    int repeated = 0;
    std::set<std::string> distinct;
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string& cell = cells[c];
      if (cell.empty()) continue;
      repeated += !distinct.insert(AsciiLower(cell)).second;
      names = names && !LooksTyped(cell) && cell.size() <= kMaxNameBytes;
      if (c < profiles_.size()) WeighCell(cell, profiles_[c], out);
    }
    names = names && distinct.size() == cells.size();
    out.header += names;
    // Numbers that blanks part are no name of a single column.
    if (columns_ == 1 && !cells.empty() && cells.front().contains(' ') &&
        std::ranges::none_of(cells.front(), IsLetter)) {
      out.data += 2;
    }
    // What columns are called everywhere, and values hardly ever are.
    if (names && (distinct.contains("id") || distinct.contains("name"))) out.header += 2;
    // Names may repeat; text over numbers is none of them all the same.
    if (out.typed_against == 0 || out.typed_for > 0) out.data += repeated;
    if (AreYearNames(cells)) out.header += out.data + 3;
    return out;
  }

  /// "country,1999,2000,2001": names, and years over columns that hold something else. One year alone needs a name that
  /// differs from the values below it.
  bool AreYearNames(const std::vector<std::string>& cells) const {
    Evidence names;
    std::set<std::string> years;
    size_t year_cells = 0;
    size_t filled = 0;
    bool named = cells.front().empty();  // Row names' column often has no name.
    for (size_t c = 0; c < cells.size() && c < profiles_.size(); ++c) {
      const std::string& cell = cells[c];
      if (cell.empty()) continue;
      if (LooksLikeYear(cell)) {
        if (profiles_[c].years * 2 > profiles_[c].count) return false;
        filled += profiles_[c].count > 0;  // Of the years of a long table some are empty.
        years.insert(cell);
        ++year_cells;
        continue;
      }
      if (LooksTyped(cell) || LooksMissing(cell)) return false;
      named = true;
      WeighCell(cell, profiles_[c], names);
      names.header += IsLowerCase(cell) && profiles_[c].count > 0 && profiles_[c].lower_case == 0;
    }
    return named && filled > 0 && years.size() == year_cells && names.data == 0 &&
           (year_cells >= 2 || names.header > 0);
  }

  TableStart At(size_t i) const {
    TableStart start;
    start.header_at = head_.records[i].begin;
    start.data_at = head_.records[i].begin;
    start.names.resize(columns_);
    return start;
  }

  void NotePreamble(size_t first, TableStart& start) const {
    const auto lines = std::ranges::count_if(order_, [&](size_t i) { return i < first; });
    if (lines == 0) return;
    std::string example(Raw(order_.front()).substr(0, 60));
    start.notes.push_back(fmt::format("{} line{} before the table skipped, beginning with '{}' (--skip decides)", lines,
                                      lines == 1 ? "" : "s", Printable(example)));
  }

  /// Lines before the table that cannot be records of it: no delimiter in them, where records have many.
  size_t SkipTitles() const {
    size_t k = 0;
    while (k < order_.size() && k < kMaxPreambleRecords && columns_ >= 3 && !Fits(order_[k]) &&
           !head_.records[order_[k]].malformed && head_.records[order_[k]].fields == 1) {
      ++k;
    }
    return k < order_.size() && (k == 0 || Fits(order_[k])) ? order_[k] : order_.front();
  }

  TableStart WithoutHeader() const {
    const size_t first = overrides_.skip_lines ? order_.front() : SkipTitles();
    TableStart start = At(first);
    NotePreamble(first, start);
    return start;
  }

  /// The user said how many lines go before; what follows is the header, or the first record.
  Result<TableStart> Told() const {
    const size_t first = order_.front();
    if (Fits(first)) {
      if (overrides_.header == true) return WithHeader(first);
      return Judge(first);
    }
    if (const auto names = Repair(first)) return Repaired(first, *names);
    if (overrides_.header != true && !IsNameLike(first)) return At(first);
    return BrokenHeader(first);
  }

  Result<TableStart> Search() const {
    size_t k = 0;
    // Titles padded to the table's width.
    while (k + 1 < fitting_.size() && k < 20 && IsSparse(fitting_[k])) ++k;
    if (k > 0 && overrides_.header != true && !IsHeader(fitting_[k])) k = 0;
    const size_t first = fitting_[k];
    const Evidence evidence = Weigh(Cells(first));
    // A broken header stands right before the first good record.
    const auto before = std::ranges::find(order_, first);
    if (before != order_.begin() && k == 0 && evidence.data + 2 > evidence.header) {
      const size_t broken = *(before - 1);
      if (const auto names = Repair(broken)) return Repaired(broken, *names);
      const bool adjacent = broken + 1 == first;
      if ((IsNameLike(broken) || (adjacent && IsHeaderByOther(broken))) && evidence.data > evidence.header)
        return BrokenHeader(broken);
    }
    if (overrides_.header == true) return WithHeader(first);
    return Judge(first);
  }

  bool IsSparse(size_t i) const {
    if (columns_ < 3 || body_records_ == 0 || body_cells_ * 2 < body_records_ * columns_) return false;
    const std::vector<std::string> cells = Cells(i);
    return std::ranges::count_if(cells, [](const std::string& cell) { return !cell.empty(); }) <= 1;
  }

  bool IsHeader(size_t i) const {
    const Evidence evidence = Weigh(Cells(i));
    return evidence.header >= evidence.data;
  }

  TableStart Judge(size_t first) const {
    const std::vector<std::string> cells = Cells(first);
    const Evidence evidence = Weigh(cells);
    if (evidence.data > evidence.header) {
      TableStart start = WithoutHeader();
      start.notes.push_back("no header: the first record looks like the others (--header yes takes it as one)");
      return start;
    }
    TableStart start = WithHeader(first);
    if (evidence.header < evidence.data + 2) {
      start.notes.push_back(
          "the first record is taken for the header, though nothing but its position tells (--header no takes it as "
          "data)");
    }
    return start;
  }

  TableStart WithHeader(size_t first) const {
    TableStart start = At(first);
    start.has_header = true;
    start.names = Cells(first);
    size_t last = first;
    size_t rows = 1;
    const size_t most = overrides_.header_rows.value_or(overrides_.header == true ? 1 : kMaxHeaderRows);
    for (size_t i = first + 1; i < head_.records.size() && rows < most; ++i) {
      if (overrides_.header_rows && !Counts(head_.records[i])) continue;
      if (!Fits(i) || (!overrides_.header_rows && !ContinuesHeader(Cells(i), Cells(last)))) break;
      const std::vector<std::string> cells = Cells(i);
      for (uint32_t c = 0; c < columns_; ++c) {
        if (cells[c].empty()) continue;
        if (!start.names[c].empty()) start.names[c] += ' ';
        start.names[c] += cells[c];
      }
      last = i;
      ++rows;
    }
    start.data_at = head_.records[last].next;
    NotePreamble(first, start);
    if (rows > 1) {
      start.notes.push_back(
          fmt::format("{} header rows: their cells are joined to one name each (--header-rows decides)", rows));
    }
    return start;
  }

  /// A second header row needs proof, for else it is a record: it repeats the first, holds units in brackets, or is a
  /// rule. (Text over numbers is no proof: "err", "unknown" and "M" are what people write for what is missing.)
  bool ContinuesHeader(const std::vector<std::string>& cells, const std::vector<std::string>& above) const {
    if (body_records_ == 0) return false;
    if (std::ranges::equal(cells, above, {}, AsciiLower, AsciiLower)) return true;
    const auto filled = std::ranges::count_if(cells, [](const std::string& cell) { return !cell.empty(); });
    const auto bracketed = std::ranges::count_if(cells, IsBracketed);
    const auto rules = std::ranges::count_if(cells, IsRule);
    if (filled == 0 || (rules != filled && (bracketed * 2 < filled || bracketed == 0))) return false;
    const Evidence evidence = Weigh(cells);
    return evidence.typed_for == 0 && (rules == filled || evidence.header >= evidence.data);
  }

  /// A record that is no value anywhere, about as wide as the table.
  bool IsNameLike(size_t i) const {
    std::vector<std::string> cells = Cells(i);
    if (head_.records[i].malformed) cells = SplitPlainly(Raw(i), dialect_.delimiter, true);
    if (cells.size() < 2 || cells.size() * 2 < columns_ || cells.size() > 2 * columns_) return false;
    size_t named = 0;
    for (const std::string& cell : cells) {
      if (LooksTyped(cell) || cell.size() > kMaxNameBytes) return false;
      named += !cell.empty();
    }
    return named * 2 >= cells.size();
  }

  std::vector<std::string> SplitPlainly(std::string_view line, std::string_view delimiter, bool strip_quotes) const {
    std::vector<std::string> cells;
    size_t begin = 0;
    while (true) {
      const size_t end = line.find(delimiter, begin);
      std::string cell = Trimmed(line.substr(begin, end == std::string_view::npos ? end : end - begin));
      if (strip_quotes) std::erase(cell, dialect_.quote == '\0' ? '"' : dialect_.quote);
      cells.push_back(std::move(cell));
      if (end == std::string_view::npos) return cells;
      begin = end + delimiter.size();
    }
  }

  /// Quotes count where they enclose a whole cell; elsewhere they are text: `id,2" nails,"big, 3"" nails"`.
  std::optional<std::vector<std::string>> SplitWithLiteralQuotes(std::string_view line) const {
    const char quote = dialect_.quote == '\0' ? '"' : dialect_.quote;
    std::vector<std::string> cells;
    for (size_t at = 0;;) {
      std::string cell;
      size_t end = at;
      if (at < line.size() && line[at] == quote) {
        for (end = at + 1; end < line.size(); ++end) {
          if (line[end] == quote && (end + 1 == line.size() || line[end + 1] != quote)) break;
          if (line[end] == quote) ++end;
          cell += line[end];
        }
        if (end >= line.size()) return std::nullopt;  // Not closed.
        ++end;
        if (end < line.size() && !line.substr(end).starts_with(dialect_.delimiter)) return std::nullopt;
      } else {
        end = std::min(line.find(dialect_.delimiter, at), line.size());
        cell = Trimmed(line.substr(at, end - at));
      }
      cells.push_back(std::move(cell));
      if (end >= line.size()) return cells;
      at = end + dialect_.delimiter.size();
    }
  }

  bool AreNames(const std::vector<std::string>& cells) const {
    std::set<std::string> distinct;
    for (const std::string& cell : cells) {
      if (cell.empty() || LooksTyped(cell) || cell.size() > kMaxNameBytes ||
          !distinct.insert(AsciiLower(cell)).second) {
        return false;
      }
    }
    return cells.size() == columns_;
  }

  /// A line without the table's delimiter that another one, or spaces, would cut into about as many names.
  bool IsHeaderByOther(size_t i) const {
    if (head_.records[i].fields != 1 || columns_ < 4) return false;
    for (const char* delimiter : {",", ";", "\t", "|", " "}) {
      if (delimiter == dialect_.delimiter) continue;
      const std::vector<std::string> cells = SplitPlainly(Raw(i), delimiter, true);
      const bool names = std::ranges::none_of(cells, [](const std::string& cell) { return LooksTyped(cell); });
      if (names && cells.size() >= columns_ && cells.size() * 2 <= columns_ * 3) return true;
    }
    return false;
  }

  /// The names of a header whose record is broken, where there is only one way to read it; nullopt where there are
  /// several.
  std::optional<std::vector<std::string>> Repair(size_t i) const {
    const SniffRecord& record = head_.records[i];
    if (columns_ < 2) return std::nullopt;
    if (record.malformed) {
      // A stray quote.
      if (const auto literal = SplitWithLiteralQuotes(Raw(i)); literal && AreNames(*literal)) return literal;
      std::vector<std::string> plain = SplitPlainly(Raw(i), dialect_.delimiter, true);
      if (AreNames(plain)) return plain;
    }
    std::vector<std::string> cells = Cells(i);
    if (!record.malformed && cells.size() > columns_) {
      // Delimiters too many leave empty names, which a header has no use for.
      std::erase(cells, std::string());
      if (AreNames(cells)) return cells;
      return std::nullopt;
    }
    if (!record.malformed && cells.size() + 1 == columns_ && body_records_ > 0) {
      if (profiles_.back().count == 0) {
        // The records end in a delimiter, the header does not.
        cells.emplace_back();
        return cells;
      }
      const Profile& first = profiles_.front();
      const bool distinct = first.count == body_records_ && first.values.size() == first.count;
      if ((distinct && first.type.kind == TypeKind::kVarchar) || NumbersRows(i)) {
        // R writes no name over the rows' names, which are all different.
        cells.insert(cells.begin(), "rowname");
        if (AreNames(cells)) return cells;
      }
      return std::nullopt;
    }
    for (const char* delimiter : {",", ";", "\t", "|", " "}) {
      if (delimiter == dialect_.delimiter) continue;
      std::vector<std::string> other = SplitPlainly(Raw(i), delimiter, true);
      if (AreNames(other)) return other;
    }
    return std::nullopt;
  }

  /// Whether the first fields of the records behind record `i` count them: 0, 1, 2 ... or 1, 2, 3 ...
  bool NumbersRows(size_t i) const {
    std::optional<int64_t> last;
    size_t rows = 0;
    for (const size_t k : fitting_) {
      if (k <= i) continue;
      const auto number = WholeNumber<int64_t>(Cells(k).front());
      if (!number || *number != (last ? *last + 1 : std::clamp<int64_t>(*number, 0, 1))) return false;
      last = number;
      if (++rows == kCountedRows) break;
    }
    return rows >= 3;
  }

  TableStart Repaired(size_t i, const std::vector<std::string>& names) const {
    TableStart start = At(i);
    start.has_header = true;
    start.names = names;
    start.data_at = head_.records[i].next;
    NotePreamble(i, start);
    if (names.back().empty()) return start;  // Records end with a delimiter, the header does not.
    start.notes.push_back(fmt::format(
        "the header does not fit the records ('{}'): read as {} names all the same, '{}' the first and '{}' "
        "the last (--header no with --skip 1 takes none of it)",
        Printable(Raw(i).substr(0, 80)), columns_, Printable(names.front().substr(0, 40)),
        Printable(names.back().substr(0, 40))));
    return start;
  }

  std::unexpected<Error> BrokenHeader(size_t i) const {
    const SniffRecord& record = head_.records[i];
    const std::string what = record.malformed ? std::string("a stray quote") : fmt::format("{} fields", record.fields);
    const auto line = 1 + std::ranges::count(head_.text.substr(0, record.begin), '\n');
    return Err(
        ErrorKind::kBadData,
        fmt::format("the header (line {}, '{}') has {} where the records have {} fields; mend it, or say --header no "
                    "--skip {} to load without it",
                    line, Printable(Raw(i).substr(0, 80)), what, columns_, line));
  }

  const SniffRecords& head_;
  const Dialect& dialect_;
  uint32_t columns_;
  const SniffOverrides& overrides_;
  std::vector<size_t> order_;    ///< Records that are neither blank nor comments.
  std::vector<size_t> fitting_;  ///< ... that have `columns` fields.
  std::vector<Profile> profiles_;
  bool recurs_ = false;  ///< The first fitting one is a header that stands again among the records.
  uint64_t body_records_ = 0;
  uint64_t body_cells_ = 0;
};

}  // namespace

Result<TableStart> FindTableStart(const SniffRecords& head, const Dialect& dialect, uint32_t columns,
                                  const SniffOverrides& overrides) {
  return Finder(head, dialect, columns, overrides).Find();
}

}  // namespace calve::csv
