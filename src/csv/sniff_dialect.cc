#include "csv/sniff_dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/utf8.h"
#include "csv/sniff_choices.h"
#include "csv/sniff_records.h"
#include "csv/sniff_score.h"

namespace calve::csv {
namespace {

constexpr size_t kHeadPieceBytes = size_t{48} << 10U;
constexpr size_t kPieceBytes = size_t{12} << 10U;
constexpr size_t kMaxPieces = 5;
/// Below these a candidate is no table. Weak delimiters stand in ordinary text too, and must prove more.
constexpr double kMinConsistency = 0.5;
constexpr double kMinQuality = 0.35;
constexpr double kMinWeakConsistency = 0.8;
constexpr double kMinWeakQuality = 0.6;
/// Two candidates closer than this are a tie.
constexpr double kTie = 0.985;

struct Candidate {
  Dialect dialect;
  Score score;
  double prior = 1.0;
  bool weak = false;
  double total() const { return score.total() * prior; }
};

class Chooser {
 public:
  Chooser(const SampledText& sampled, size_t head_from, const SniffOverrides& overrides)
      : sampled_(sampled), overrides_(overrides) {
    const TextSample& head = sampled.samples.front();
    head_ = head.text.substr(std::min(head_from, head.text.size()));
    pieces_.push_back({head_.substr(0, kHeadPieceBytes), head.at_end && head_.size() <= kHeadPieceBytes});
    const size_t others = sampled.samples.size() - 1;
    const size_t step = std::max<size_t>(1, others / (kMaxPieces - 1));
    for (size_t i = 1; i <= others && pieces_.size() < kMaxPieces; i += step) {
      const TextSample& sample = sampled.samples[i];
      size_t from = sample.text.find_first_of("\r\n");
      if (from == std::string_view::npos) continue;
      const std::string_view rest = sample.text.substr(from + 1);
      pieces_.push_back({rest.substr(0, kPieceBytes), sample.at_end && rest.size() <= kPieceBytes});
    }
  }

  Result<DialectChoice> Choose() {
    has_comments_ = !overrides_.comment && HashLines() >= 2;
    const std::vector<NewlineChoice> newlines = NewlineChoices(sampled_, pieces_.front().text, overrides_);
    for (const Delimiter& delimiter : Delimiters()) {
      for (const NewlineChoice& newline : newlines) Try(delimiter, newline);
    }
    std::erase_if(candidates_, [&](const Candidate& candidate) { return !Plausible(candidate); });
    // One endless line is no table beside a record delimiter that cuts it into many alike.
    const bool cut = std::ranges::any_of(
        candidates_, [](const Candidate& c) { return c.dialect.newline == Newline::kCustom && c.score.records > 1; });
    if (cut) std::erase_if(candidates_, [](const Candidate& candidate) { return candidate.score.records <= 1; });
    HeedProof();
    std::ranges::stable_sort(candidates_, std::greater<>(), &Candidate::total);
    DialectChoice out;
    if (!overrides_.delimiter && (candidates_.empty() || LinesAreValues())) {
      CALVE_RETURN_IF_ERROR(CheckSingleColumn());
      out.single_column = true;
      out.dialect = Base();
      out.dialect.newline = newlines.front().newline;
      out.dialect.custom_newline = newlines.front().custom;
      return out;
    }
    if (candidates_.empty()) {
      // The user's delimiter splits nothing consistently: it stands all the same, and the table has what columns it
      // makes.
      out.dialect = Base();
      out.dialect.delimiter = *overrides_.delimiter;
      out.dialect.newline = newlines.front().newline;
      out.dialect.custom_newline = newlines.front().custom;
      return out;
    }
    CALVE_RETURN_IF_ERROR(CheckTie());
    out.dialect = candidates_.front().dialect;
    if (out.dialect.comment != '\0' && !overrides_.comment) {
      out.notes.emplace_back("lines that begin with '#' are taken for comments (--comment decides)");
    }
    if (out.dialect.literal_quotes && !overrides_.literal_quotes) {
      out.notes.emplace_back("quotes inside unquoted fields are characters like others (--inner-quotes decides)");
    }
    if (out.dialect.newline == Newline::kCustom && !overrides_.custom_newline) {
      out.notes.push_back(
          fmt::format("records end with '{}' (--newline decides)", Printable(out.dialect.custom_newline)));
    }
    return out;
  }

 private:
  Dialect Base() const {
    Dialect dialect;
    dialect.encoding = sampled_.encoding;
    if (sampled_.charset) dialect.charset = sampled_.charset->name();
    dialect.trim = overrides_.trim;
    dialect.literal_quotes = overrides_.literal_quotes.value_or(false);
    if (overrides_.comment) dialect.comment = *overrides_.comment;
    if (overrides_.quote) dialect.quote = *overrides_.quote;
    dialect.escape = overrides_.escape ? *overrides_.escape : dialect.quote;
    return dialect;
  }

  std::vector<Delimiter> Delimiters() const {
    if (overrides_.delimiter) return {{*overrides_.delimiter, 1.0, false}};
    std::vector<Delimiter> out = SingleDelimiters();
    const std::vector<Delimiter> multi = MultiCharDelimiters(pieces_.front().text);
    std::erase_if(out, [&](const Delimiter& single) {
      const bool doubled =
          std::ranges::any_of(multi, [&](const Delimiter& m) { return m.text == single.text + single.text; });
      return doubled && AlwaysDoubled(single.text[0]);
    });
    out.insert(out.end(), multi.begin(), multi.end());
    return out;
  }

  /// `c` comes in pairs only: no single one separates fields, with every second field empty.
  bool AlwaysDoubled(char c) const {
    const std::string_view text = pieces_.front().text;
    size_t runs = 0;
    size_t even = 0;
    for (size_t i = text.find(c); i != std::string_view::npos;) {
      const size_t j = std::min(text.find_first_not_of(c, i), text.size());
      ++runs;
      even += (j - i) % 2 == 0;
      i = text.find(c, j);
    }
    if (runs == 0 || even * 100 < runs * 98) return false;
    // One pair a line may be an empty column between two others, where the character is a common delimiter.
    const auto lines =
        static_cast<size_t>(1 + std::ranges::count_if(text, [](char x) { return x == '\n' || x == '\r'; }));
    return (c != ',' && c != ';' && c != '\t') || runs * 2 >= lines * 3;
  }

  bool Occurs(std::string_view text) const {
    return std::ranges::any_of(pieces_,
                               [&](const Piece& piece) { return piece.text.find(text) != std::string_view::npos; });
  }

  size_t HashLines() const {
    const std::string_view text = pieces_.front().text;
    size_t lines = text.starts_with('#') ? 1 : 0;
    for (size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
      lines += at > 0 && (text[at - 1] == '\n' || text[at - 1] == '\r');
    }
    return lines;
  }

  void Try(const Delimiter& delimiter, const NewlineChoice& newline) {
    if (delimiter.text.empty() || !Occurs(delimiter.text)) return;
    // A line that ends with the field delimiter has an empty last field.
    if (newline.newline == Newline::kCustom && !overrides_.custom_newline &&
        newline.custom.starts_with(delimiter.text)) {
      return;
    }
    std::vector<std::pair<char, double>> quotes;
    if (overrides_.quote) {
      quotes.emplace_back(*overrides_.quote, 1.0);
    } else {
      quotes.emplace_back('"', 1.0);
      if (Occurs("'")) quotes.emplace_back('\'', 0.995);
      if (Occurs("\"")) quotes.emplace_back('\0', 0.98);
    }
    for (const auto& [quote, quote_prior] : quotes) {
      std::vector<std::pair<char, double>> escapes;
      if (overrides_.escape) {
        escapes.emplace_back(*overrides_.escape, 1.0);
      } else {
        escapes.emplace_back(quote, 1.0);
        const bool backslash = (quote != '\0' && Occurs(std::string("\\") + quote)) || Occurs("\\" + delimiter.text);
        if (backslash) escapes.emplace_back('\\', 0.995);
      }
      for (const auto& [escape, escape_prior] : escapes) {
        Candidate candidate{.dialect = Base(), .score = {}, .weak = delimiter.weak};
        candidate.dialect.delimiter = delimiter.text;
        candidate.dialect.quote = quote;
        candidate.dialect.escape = escape;
        candidate.dialect.newline = newline.newline;
        candidate.dialect.custom_newline = newline.custom;
        candidate.prior = delimiter.prior * newline.prior * quote_prior * escape_prior;
        candidate.score = ScoreDialect(pieces_, candidate.dialect);
        candidates_.push_back(candidate);
        if (!candidate.score.perfect()) TryVariants(candidate);
      }
    }
  }

  /// What may make a dialect fit that does not: each alone.
  void TryVariants(const Candidate& plain) {
    const auto rate = [&](double prior, auto change, uint64_t least_gain = 0) {
      Candidate candidate = plain;
      change(candidate.dialect);
      candidate.prior *= prior;
      candidate.score = ScoreDialect(pieces_, candidate.dialect);
      if (candidate.score.alike >= plain.score.alike + least_gain) candidates_.push_back(std::move(candidate));
    };
    const std::string& delimiter = plain.dialect.delimiter;
    const char quote = plain.dialect.quote;
    if (has_comments_) rate(0.97, [](Dialect& d) { d.comment = '#'; });
    if (Occurs(delimiter + "\n") || Occurs(delimiter + "\r")) rate(0.97, [](Dialect& d) { d.trailing_delimiters = 1; });
    if (quote == '\0' || !IsCommonDelimiter(delimiter)) return;
    if (!overrides_.literal_quotes && Occurs(std::string(1, quote))) {
      // A habit of the file. One such record may be one whose delimiter was lost.
      const uint64_t habit = std::max<uint64_t>(plain.score.records < 20 ? 1 : 2, plain.score.records / 50);
      rate(0.985, [](Dialect& d) { d.literal_quotes = true; }, habit);
    }
    if (!overrides_.trim && Occurs(delimiter + " " + quote)) rate(0.985, [](Dialect& d) { d.trim = true; });
  }

  bool Plausible(const Candidate& candidate) const {
    const Score& score = candidate.score;
    if (score.columns < 2) return false;
    if (overrides_.delimiter) return true;
    const bool odd_newline = candidate.dialect.newline == Newline::kCustom && !overrides_.custom_newline;
    if (odd_newline && (score.records < 4 || score.consistency < 0.95)) return false;
    if (!candidate.weak) return score.consistency >= kMinConsistency && score.quality >= kMinQuality;
    // Nor are words of two parts below a header of one, or columns that spaces only align, a table.
    const bool alike = static_cast<double>(score.alike) >= kMinWeakConsistency * static_cast<double>(score.records);
    return alike && score.consistency >= kMinWeakConsistency && score.quality >= kMinWeakQuality &&
           score.filled_columns >= 2 &&
           (score.columns >= 3 || (score.typed_columns > 0 && (score.first_alike || score.typed_columns >= 1)));
  }

  /// What a common delimiter that splits all records alike proves: no weak delimiter, and none of several characters
  /// that contains it, separates fields; with it, quotes and comments that leave bad records are none, unless more
  /// cells are enclosed in quotes than records would be bad.
  void HeedProof() {
    const auto proven = [&](auto&& by) {
      return [&, by](const Candidate& other) {
        return std::ranges::any_of(candidates_, [&](const Candidate& proof) {
          return &proof != &other && IsCommonDelimiter(proof.dialect.delimiter) && by(proof, other);
        });
      };
    };
    const auto weaker = proven([](const Candidate& proof, const Candidate& other) {
      if (!proof.score.nearly_perfect()) return false;
      const bool contains = other.dialect.delimiter.size() > 1 &&
                            other.dialect.delimiter.find(proof.dialect.delimiter) != std::string::npos;
      return other.weak || (contains && !other.score.perfect());
    });
    const auto worse = proven([](const Candidate& proof, const Candidate& other) {
      if (!proof.score.perfect() || other.score.perfect()) return false;
      if (proof.dialect.delimiter != other.dialect.delimiter) return false;
      const uint64_t bad = other.score.records - std::min(other.score.records, other.score.alike);
      return proof.dialect.quote != '\0' || other.dialect.quote == '\0' || proof.score.quoted_cells < bad;
    });
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates_) {
      if (!weaker(candidate) && !worse(candidate)) kept.push_back(candidate);
    }
    candidates_ = std::move(kept);
  }

  /// Nearly every line is one typed value, so that what looks like a delimiter belongs to it.
  bool LinesAreValues() const {
    Dialect dialect = Base();
    dialect.delimiter = "\n";
    dialect.quote = '\0';
    dialect.escape = '\0';
    size_t lines = 0;
    size_t values = 0;
    bool first = true;
    for (const Piece& piece : pieces_) {
      const SniffRecords split = SplitRecords(piece.text, dialect, 0, piece.at_end, 500);
      for (const SniffRecord& record : split.records) {
        if (record.blank) continue;
        const bool header = std::exchange(first, false);
        if (header && split.records.size() > 1) continue;
        ++lines;
        values += IsOneValue(piece.text.substr(record.begin, record.end - record.begin));
      }
    }
    return lines > 0 && values * 10 >= lines * 9;
  }

  Status CheckTie() const {
    const Candidate& best = candidates_.front();
    for (const Candidate& other : candidates_) {
      const std::string& a = best.dialect.delimiter;
      const std::string& b = other.dialect.delimiter;
      if (a == b || !IsCommonDelimiter(a) || !IsCommonDelimiter(b)) continue;
      if (other.total() < best.total() * kTie) continue;
      return Err(
          ErrorKind::kBadData,
          fmt::format("cannot tell the delimiter: '{}' makes {} columns and '{}' makes {}, equally well; say which "
                      "one with --delimiter",
                      Printable(a), best.score.columns, Printable(b), other.score.columns));
    }
    return {};
  }

  /// One column is what is left when nothing splits. But lines full of delimiters that agree on no count are no such
  /// column: something else is wrong with them.
  Status CheckSingleColumn() const {
    Dialect dialect = Base();
    size_t lines = 0;
    std::map<std::string, size_t> with;
    for (const Piece& piece : pieces_) {
      size_t begin = 0;
      while (begin < piece.text.size()) {
        size_t end = FindLineEnd(piece.text, begin, dialect);
        if (end == std::string_view::npos) end = piece.text.size();
        const std::string_view line = piece.text.substr(begin, end - begin);
        begin = end + 1;
        if (line.empty()) continue;
        ++lines;
        for (const char* delimiter : {",", ";", "\t", "|"})
          with[delimiter] += line.find(delimiter) != std::string_view::npos;
        // Quotes beside spaces: fields, quoted, between spaces.
        with[" "] += line.find("\" \"") != std::string_view::npos || line.find(" \"") != std::string_view::npos;
      }
    }
    if (lines < 2) return {};
    const bool quoted_lines = pieces_.front().text.starts_with('"');
    for (const auto& [delimiter, count] : with) {
      if (count * 10 < lines * 3 || (quoted_lines && delimiter != " ")) continue;
      return Err(
          ErrorKind::kBadData,
          fmt::format(
              "cannot tell the delimiter: '{}' stands in {} of {} sampled lines, but they do not agree on a number "
              "of fields (nor with any other delimiter); say which it is with --delimiter and --quote (and "
              "--ragged pad, where records leave out their last fields), or, for "
              "a file with one column, --delimiter with a character that is not in it",
              Printable(delimiter), count, lines));
    }
    return {};
  }

  const SampledText& sampled_;
  const SniffOverrides& overrides_;
  std::string_view head_;
  std::vector<Piece> pieces_;
  bool has_comments_ = false;  ///< Several lines begin with '#'.
  std::vector<Candidate> candidates_;
};

}  // namespace

size_t SafeStart(const SampledText& sampled, size_t sample, const Dialect& dialect) {
  if (sample == 0) return 0;
  const std::string_view text = sampled.samples[sample].text;
  const size_t end = FindLineEnd(text, 0, dialect);
  if (end == std::string_view::npos) return text.size();
  return end + LineEndAt(text, end, dialect);
}

Result<DialectChoice> ChooseDialect(const SampledText& sampled, size_t head_from, const SniffOverrides& overrides) {
  return Chooser(sampled, head_from, overrides).Choose();
}

}  // namespace calve::csv
