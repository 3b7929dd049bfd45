#include "csv/tokenizer.h"

#include <cstring>

#include "base/utf8.h"
#include "csv/tokenizer_loop.h"

namespace calve::csv {
namespace {

// Eight bytes at a time in a 64-bit register: for processors without AVX2, and others. (A NEON kernel would be a class
// of this shape: four 16-byte compares, narrowed by shrn or by pairwise additions of bit weights, and pmull for the
// prefix.)
class PortableKernel {
 public:
  explicit PortableKernel(const FastDialect& d)
      : delimiter_(Spread(d.delimiter)),
        quote_(Spread(d.quote)),
        newline_(Spread(d.newline)),
        cr_(Spread('\r')),
        escape_(Spread(d.escape)),
        has_quote_(d.has_quote),
        has_cr_(d.pairs) {}

  void Masks(const char* p, uint64_t* d, uint64_t* q, uint64_t* n, uint64_t* cr) const {
    for (unsigned i = 0; i < 8; ++i) {
      const uint64_t v = Load(p + size_t{8} * i);
      const unsigned shift = 8 * i;
      *d |= Equal(v, delimiter_) << shift;
      *n |= Equal(v, newline_) << shift;
      if (has_quote_) *q |= Equal(v, quote_) << shift;
      if (has_cr_) *cr |= Equal(v, cr_) << shift;
    }
  }

  uint64_t Escapes(const char* p) const {
    uint64_t mask = 0;
    for (unsigned i = 0; i < 8; ++i) mask |= Equal(Load(p + size_t{8} * i), escape_) << (8 * i);
    return mask;
  }

  static uint64_t PrefixXor(uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
    return bits;
  }

 private:
  static uint64_t Spread(char c) { return static_cast<unsigned char>(c) * uint64_t{0x0101010101010101}; }

  static uint64_t Load(const char* p) {
    uint64_t v = 0;
    std::memcpy(&v, p, sizeof(v));
    return v;
  }

  // Bit i: byte i of `v` is that of `pattern`. Exact: no carry leaves a byte.
  static uint64_t Equal(uint64_t v, uint64_t pattern) {
    constexpr uint64_t kLow7 = 0x7F7F7F7F7F7F7F7F;
    const uint64_t t = v ^ pattern;
    const uint64_t zero = ~(((t & kLow7) + kLow7) | t | kLow7);
    return ((zero >> 7U) * 0x0102040810204080U) >> 56U;
  }

  uint64_t delimiter_, quote_, newline_, cr_, escape_;
  bool has_quote_, has_cr_;
};

}  // namespace

bool FastDialect::From(const Dialect& dialect, FastDialect* out) {
  if (dialect.delimiter.size() != 1) return false;
  out->delimiter = dialect.delimiter[0];
  out->quote = dialect.quote;
  out->has_quote = dialect.quote != '\0';
  out->doubled = dialect.escape == dialect.quote;
  out->escape = dialect.escape == dialect.quote ? '\0' : dialect.escape;
  out->comment = dialect.comment;
  switch (dialect.newline) {
    case Newline::kLf:
      out->newline = '\n';
      break;
    case Newline::kCr:
      out->newline = '\r';
      break;
    case Newline::kAny:
    case Newline::kCrLf:
      out->newline = '\n';
      out->pairs = true;
      out->pairs_only = dialect.newline == Newline::kCrLf;
      break;
    case Newline::kCustom:
      if (dialect.custom_newline.size() != 1) return false;
      out->newline = dialect.custom_newline[0];
      break;
  }
  return true;
}

const Tokenizer& PortableTokenizer() {
  static constexpr Tokenizer kTokenizer{"portable", &TokenizeWith<PortableKernel>, &ScanWith<PortableKernel>};
  return kTokenizer;
}

const Tokenizer& BestTokenizer() {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                               __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
  if (has_avx2) return Avx2Tokenizer();
#endif
  return PortableTokenizer();
}

}  // namespace calve::csv
