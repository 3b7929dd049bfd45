// Column loops for one instruction set. A kernel takes the usual forms and lists the rows it leaves (null, bad,
// unusual): the general loop decides those, so a kernel can be fast without being a second definition of what a value
// is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace calve::csv {

/// A column of a batch of unquoted fields: field `row` ends at ends[row * stride + 1] and starts behind ends[row *
/// stride]. 32 bytes around every field must be readable.
struct PlainColumn {
  const char* data = nullptr;
  const uint32_t* ends = nullptr;
  size_t stride = 0;
  size_t rows = 0;
  bool strip_cr = false;  ///< A CR at the field's end belongs to the record's end.
};

struct ColumnKernels {
  /// Decodes doubles of up to 19 digits without exponent; the other rows, ascending, go to `rest` (room for all), and
  /// their `out` is left undefined. Returns how many those are.
  size_t (*doubles)(const PlainColumn& column, double* out, uint32_t* rest);
};

/// The best ones for this processor; nullptr when there are none.
const ColumnKernels* BestColumnKernels();

#if defined(__x86_64__)
/// Only where the processor has AVX2, BMI and BMI2.
const ColumnKernels& Avx2ColumnKernels();
#endif

}  // namespace calve::csv
