// Compiled for AVX2, as tokenizer_avx2.cc: nothing here may have external linkage but the one function at the end.
#include "csv/column_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "csv/decimal_scaling.h"

namespace calve::csv {
namespace {

// Sixteen bytes from kWindow + n on: the last n of them are all ones.
alignas(16) constexpr uint8_t kWindow[32] = {0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
                                             0,    0,    0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                             0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

constexpr double kPowers[] = {1e0, 1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7, 1e8,
                              1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};

// Of four bytes, the last n.
constexpr uint32_t kFront[] = {0, 0xFF000000, 0xFFFF0000, 0xFFFFFF00};

inline uint32_t Load4(const char* p) {
  uint32_t v = 0;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}

inline __m128i Load(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }

// Sixteen digits as values, the highest first, as one number.
inline uint64_t SixteenDigits(__m128i digits) {
  const __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010A));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
  const __m128i packed = _mm_packus_epi32(fours, fours);
  const __m128i eights = _mm_madd_epi16(packed, _mm_set1_epi32(0x00012710));
  const auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
  return (both & 0xFFFFFFFF) * 100000000 + (both >> 32U);
}

// The last `kept` (at most 16) of a number's digits as values, their point squeezed out: `tail` is the text's last 16
// bytes, `moved` the 16 bytes that end where the digits in front of the point would, were there none.
inline __m128i DigitValues(__m128i tail, __m128i moved, uint32_t fraction, size_t kept) {
  const __m128i text = _mm_blendv_epi8(moved, tail, Load(kWindow + fraction));
  return _mm_and_si128(_mm_sub_epi8(text, _mm_set1_epi8('0')), Load(kWindow + kept));
}

inline bool AllDigits(__m128i values) {
  const __m128i nines = _mm_set1_epi8(9);
  return _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(values, nines), nines)) == 0xFFFF;
}

// [-] digits [. digits] of up to 19 digits. Their number and the point's place differ from row to row and decide no
// branch: the text is read from its end backwards. Whether there are more than 16 of them does: amounts have fewer and
// coordinates have more, all down a column.
size_t Doubles(const PlainColumn& column, double* out, uint32_t* rest) {
  const uint32_t* ends = column.ends;
  const __m128i points = _mm_set1_epi8('.');
  size_t left = 0;
  for (size_t row = 0; row < column.rows; ++row, ends += column.stride) {
    const char* p = column.data + (ends[0] + 1U);
    const char* end = column.data + ends[1];
    if (column.strip_cr) end -= end[-1] == '\r' ? 1 : 0;
    const bool negative = *p == '-';
    p += negative ? 1 : 0;
    const auto n = static_cast<size_t>(end - p);
    const __m128i tail = Load(end - 16);
    const uint32_t before = n < 16 ? static_cast<uint32_t>(16 - n) : 0;
    const auto found = static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(tail, points)));
    const auto at = static_cast<uint32_t>(__builtin_ctz((found & (0xFFFFU << before)) | 0x10000U));
    const uint32_t none = at >> 4U;  // There is no point.
    const uint32_t fraction = 15 - at + none;
    const size_t digits = n - 1 + none;
    const __m128i moved = Load(end - 17 + none);
    bool good = (*p != '0') | (digits <= fraction + 1);
    if (digits - 1 < 16) {
      const __m128i values = DigitValues(tail, moved, fraction, digits);
      const bool all_digits = AllDigits(values);
      const uint64_t mantissa = SixteenDigits(values);
      // An exact integer over an exact power of ten (Clinger).
      good = good & all_digits & (mantissa <= (uint64_t{1} << 53U));
      const __m128d value =
          _mm_div_sd(_mm_cvtsi64_sd(_mm_setzero_pd(), static_cast<int64_t>(mantissa)), _mm_load_sd(kPowers + fraction));
      const auto sign = static_cast<int64_t>(static_cast<uint64_t>(negative) << 63U);
      _mm_store_sd(out + row, _mm_or_pd(value, _mm_castsi128_pd(_mm_cvtsi64_si128(sign))));
    } else if (digits - 17 < 3 && none == 0) {
      const __m128i values = DigitValues(tail, moved, fraction, 16);
      const bool all_digits = AllDigits(values);
      const uint32_t front = (Load4(end - 21) ^ 0x30303030U) & kFront[digits - 16];
      const bool front_digits = (((front + 0x76767676U) | front) & 0x80808080U) == 0;
      const uint64_t more = ((front >> 8U) & 0xFF) * 100 + ((front >> 16U) & 0xFF) * 10 + (front >> 24U);
      const uint64_t mantissa = SixteenDigits(values) + more * 10'000'000'000'000'000;
      const bool rounded = ScaleDecimal(mantissa, fraction, negative, out + row);
      good = good & all_digits & front_digits & rounded;
    } else {
      good = false;
    }
    rest[left] = static_cast<uint32_t>(row);
    left += good ? 0 : 1;
  }
  return left;
}

}  // namespace

const ColumnKernels& Avx2ColumnKernels() {
  static constexpr ColumnKernels kKernels{&Doubles};
  return kKernels;
}

}  // namespace calve::csv

#endif
