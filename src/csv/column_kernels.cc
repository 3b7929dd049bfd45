#include "csv/column_kernels.h"

namespace calve::csv {

const ColumnKernels* BestColumnKernels() {
#if defined(__x86_64__)
  static const bool has_avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (has_avx2) return &Avx2ColumnKernels();
#endif
  return nullptr;
}

}  // namespace calve::csv
