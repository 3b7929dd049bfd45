// Compiled with -mavx2 -mbmi -mbmi2 -mpclmul (src/csv/CMakeLists.txt); entered only when the processor has them.
#include "csv/tokenizer.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "csv/tokenizer_loop.h"

namespace calve::csv {
namespace {

class Avx2Kernel {
 public:
  explicit Avx2Kernel(const FastDialect& d)
      : delimiter_(_mm256_set1_epi8(d.delimiter)),
        quote_(_mm256_set1_epi8(d.quote)),
        newline_(_mm256_set1_epi8(d.newline)),
        cr_(_mm256_set1_epi8('\r')),
        escape_(_mm256_set1_epi8(d.escape)),
        quotes_(d.has_quote ? ~uint64_t{0} : 0) {}

  void Masks(const char* p, uint64_t* d, uint64_t* q, uint64_t* n, uint64_t* cr) const {
    const __m256i low = Load(p);
    const __m256i high = Load(p + 32);
    *d = Equal(low, high, delimiter_);
    *q = Equal(low, high, quote_) & quotes_;
    *n = Equal(low, high, newline_);
    *cr = Equal(low, high, cr_);
  }

  uint64_t Escapes(const char* p) const { return Equal(Load(p), Load(p + 32), escape_); }

  static uint64_t PrefixXor(uint64_t bits) {
    // Carry-less multiplication by all ones.
    const __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
  }

 private:
  static __m256i Load(const char* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

  static uint64_t Equal(__m256i low, __m256i high, __m256i byte) {
    const auto a = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, byte)));
    const auto b = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, byte)));
    return a | (uint64_t{b} << 32U);
  }

  __m256i delimiter_, quote_, newline_, cr_, escape_;
  uint64_t quotes_;
};

}  // namespace

const Tokenizer& Avx2Tokenizer() {
  static constexpr Tokenizer kTokenizer{"avx2", &TokenizeWith<Avx2Kernel>, &ScanWith<Avx2Kernel>};
  return kTokenizer;
}

}  // namespace calve::csv

#endif
