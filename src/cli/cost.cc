#include "cli/cost.h"

#include <algorithm>

namespace calve::cli {
namespace {

uint64_t Reads(uint64_t bytes, uint64_t bytes_per_get) { return (bytes + bytes_per_get - 1) / bytes_per_get; }

}  // namespace

std::vector<CostItem> EstimateCost(uint64_t size_bytes, int chunks, uint64_t sampled_bytes,
                                   const CostAssumptions& assumptions) {
  const double count = std::max(chunks, 1);
  const double seconds = static_cast<double>(size_bytes) / assumptions.bytes_per_second +
                         count * assumptions.seconds_per_invocation + assumptions.planner_seconds;
  const double gb_seconds = seconds * assumptions.function_gb;
  const double invocations = count + 1;
  // Each message, the notification of the source included, is sent, received and deleted.
  const double messages = 3 * (count + 1);
  // A chunk: its data file, its result, and at most one listing to see whether it was the last. The load: its plan, a
  // manifest, a manifest list, the table's metadata and the ledger entry.
  const double puts = 3 * count + 5;
  // Samples are read in pieces of their own; every chunk also looks at the ledger: committed, done, failed, who is
  // missing, and its result when all are there.
  const double gets =
      static_cast<double>(Reads(size_bytes, assumptions.bytes_per_get) + Reads(sampled_bytes, 256U << 10U)) + 5 * count;
  return {
      {"Lambda compute", gb_seconds, "GB-s", gb_seconds * Prices::kLambdaGbSecond},
      {"Lambda requests", invocations, "requests", invocations * Prices::kLambdaRequest},
      {"SQS", messages, "requests", messages * Prices::kSqsRequest},
      {"S3 PUT and LIST", puts, "requests", puts * Prices::kS3Put},
      {"S3 GET", gets, "requests", gets * Prices::kS3Get},
  };
}

double TotalDollars(const std::vector<CostItem>& items) {
  double total = 0;
  for (const CostItem& item : items) total += item.dollars;
  return total;
}

}  // namespace calve::cli
