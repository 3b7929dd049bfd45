#include "csv/sniff_score.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

#include "csv/sniff_choices.h"
#include "csv/sniff_parts.h"

namespace calve::csv {
namespace {

constexpr uint64_t kMaxScoredRecords = 400;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// A quote that stands beside a delimiter, a space or an end: it was meant to open or close a field.
bool HasMisplacedQuote(std::string_view cell) {
  if (cell.front() == '"' || cell.back() == '"') return true;
  if (cell.size() > 1 && cell.front() == '\'' && cell.back() == '\'') return true;
  for (size_t at = cell.find('"'); at != std::string_view::npos; at = cell.find('"', at + 1)) {
    if (at == 0 || at + 1 == cell.size()) return true;
    const char before = cell[at - 1];
    const char after = cell[at + 1];
    if (IsCommonDelimiter(before) || IsCommonDelimiter(after) || before == ' ') return true;
  }
  return false;
}

/// 0: a piece of a line cut wrongly. 1: surely one value.
double CellQuality(std::string_view cell, bool quoted) {
  if (quoted) return 1.0;
  if (cell.empty()) return 0.7;
  if (HasMisplacedQuote(cell)) return 0.0;
  // What is left between the parts of a delimiter of several characters.
  const bool punctuation =
      std::ranges::none_of(cell, [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; });
  if (punctuation && cell != "-") return 0.2;
  if (cell.front() == ' ' || cell.back() == ' ') return 0.4;
  bool comma_number = IsDigit(cell.back());
  bool bare_comma = false;
  bool comma = false;
  bool space = false;
  for (size_t i = 0; i < cell.size(); ++i) {
    const char c = cell[i];
    if (c == ',') {
      comma = true;
      bare_comma = bare_comma || i + 1 == cell.size() || cell[i + 1] != ' ';
    } else if (IsCommonDelimiter(c)) {
      return 0.0;
    } else {
      space = space || c == ' ';
      comma_number = comma_number && (IsDigit(c) || c == '.' || c == '-' || c == '+');
    }
  }
  if (comma) return comma_number ? 0.95 : (bare_comma ? 0.0 : 0.6);
  return space && !LooksTyped(cell) ? 0.8 : 1.0;
}

struct ColumnTally {
  uint64_t cells = 0;
  uint64_t junk = 0;
  uint64_t typed = 0;
  uint64_t filled = 0;
};

struct Tally {
  std::map<uint32_t, uint64_t> counts;
  std::vector<uint32_t> sequence;  ///< Field counts in order; 0 for a malformed record.
};

uint64_t CountQuotedCells(const std::vector<SniffRecords>& parts) {
  uint64_t count = 0;
  for (const SniffRecords& part : parts) {
    for (const FieldRef& field : part.fields) {
      count += field.end >= field.begin + 2 && part.text[field.begin] == '"' && part.text[field.end - 1] == '"';
    }
  }
  return count;
}

/// Quality over the cells of all records, of other widths too: a second table is cut by the same dialect.
void JudgeCells(const std::vector<SniffRecords>& parts, const Dialect& dialect, Score& score) {
  std::vector<ColumnTally> columns(score.columns);
  uint64_t seen = 0;
  double quality = 0;
  uint64_t cells = 0;
  for (const SniffRecords& part : parts) {
    for (const SniffRecord& record : part.records) {
      if (record.malformed || seen >= kMaxScoredRecords) continue;
      ++seen;
      const std::span<const FieldRef> fields = part.FieldsOf(record);
      for (size_t i = 0; i < fields.size(); ++i) {
        const FieldRef& field = fields[i];
        const std::string_view cell = part.text.substr(field.begin, field.end - field.begin);
        const double cell_quality = CellQuality(cell, field.quoted);
        quality += cell_quality;
        ++cells;
        if (i >= columns.size() || Width(record, dialect) != score.columns) continue;
        ColumnTally& column = columns[i];
        column.filled += !cell.empty();
        ++column.cells;
        column.junk += cell_quality == 0.0;
        column.typed += LooksTyped(cell);
      }
    }
  }
  if (cells == 0) return;
  double junk_columns = 0;
  for (const ColumnTally& column : columns) {
    if (column.cells == 0) continue;
    score.filled_columns += column.filled > 1 || column.filled == column.cells;
    junk_columns += column.junk * 2 > column.cells;
    score.typed_columns += column.typed * 10 >= column.cells * 9 || column.typed + 1 >= column.cells;
  }
  const auto width = static_cast<double>(score.columns);
  score.quality = quality / static_cast<double>(cells) * (1 - 0.5 * junk_columns / width);
  score.typed_columns /= width;
}

}  // namespace

bool LooksTyped(std::string_view cell) {
  bool digit = false;
  for (const char c : cell) {
    digit = digit || IsDigit(c);
    if (!IsDigit(c) && std::string_view("+-.:/eETZ% $").find(c) == std::string_view::npos) return false;
  }
  return digit;
}

bool IsOneValue(std::string_view line) {
  if (line.empty()) return false;
  if (line.find_first_of(",;|\t\"'") != std::string_view::npos) return false;
  const bool url = line.find("://") != std::string_view::npos && line.find(' ') == std::string_view::npos;
  if (url) return true;
  if (!LooksTyped(line)) return false;
  // At most one space: between a date and a time (whose zone may stand apart), not between several values.
  const auto spaces = std::ranges::count(line, ' ');
  const bool clock = line.find(':') != std::string_view::npos && line.find_first_of("-/.") != std::string_view::npos;
  return spaces == 0 || (spaces <= 2 && clock && line.size() <= 35);
}

double Score::total() const {
  if (columns < 2) return 0;
  const double width = static_cast<double>(columns - 1) / static_cast<double>(columns);
  return consistency * consistency * width * quality;
}

Score ScoreDialect(std::span<const Piece> pieces, const Dialect& dialect) {
  Score score;
  std::vector<SniffRecords> parts;
  Tally tally;
  uint64_t pairs = 0;
  uint64_t equal_pairs = 0;
  for (const Piece& piece : pieces) {
    parts.push_back(SplitRecords(piece.text, dialect, 0, piece.at_end));
    uint32_t previous = 0;
    for (const SniffRecord& record : parts.back().records) {
      if (record.blank || record.comment) continue;
      const uint32_t fields = record.malformed ? 0 : Width(record, dialect);
      ++tally.counts[fields];
      tally.sequence.push_back(fields);
      if (previous != 0) {
        ++pairs;
        equal_pairs += fields == previous && fields >= 2;
      }
      previous = fields;
    }
  }
  score.records = tally.sequence.size();
  if (score.records == 0) return score;
  uint64_t most = 0;
  for (const auto& [fields, count] : tally.counts) {
    if (fields > 0 && count > most) {
      most = count;
      score.columns = fields;
    }
  }
  if (score.columns == 0) return score;
  score.alike = most;
  score.first_alike = tally.sequence.front() == score.columns;
  const double share = static_cast<double>(most) / static_cast<double>(score.records);
  // Behind a preamble.
  const auto first = std::ranges::find(tally.sequence, score.columns);
  const auto body = static_cast<double>(tally.sequence.end() - first);
  const double body_share = most >= 3 && share >= 0.3 ? 0.98 * static_cast<double>(most) / body : 0;
  // Tables of different widths, one after the other.
  const double neighbours = pairs > 4 ? 0.97 * static_cast<double>(equal_pairs) / static_cast<double>(pairs) : 0;
  // Records that leave out their last fields, below a header that has them all.
  const uint32_t widest = tally.sequence.front();
  double short_ones = 0;
  if (widest >= 4 && widest == tally.counts.rbegin()->first && score.records >= 4) {
    const auto close = std::ranges::count_if(tally.sequence, [&](uint32_t n) { return n >= 2 && 2 * n >= widest; });
    short_ones = 0.62 * static_cast<double>(close) / static_cast<double>(score.records);
  }
  score.consistency = std::max({share, body_share, neighbours, short_ones});

  // One record alone agrees with nothing.
  score.consistency *= 1 - 0.15 / static_cast<double>(score.records);
  JudgeCells(parts, dialect, score);
  if (dialect.quote == '\0') score.quoted_cells = CountQuotedCells(parts);
  return score;
}

}  // namespace calve::csv
