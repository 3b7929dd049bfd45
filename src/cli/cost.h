// What a load would cost on AWS: a rough figure for a person, from list prices and stated assumptions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace calve::cli {

/// List prices in US dollars of AWS's region us-east-1, as the public price pages of Lambda (x86), SQS (standard
/// queues) and S3 (standard storage) had them on `kDate`. Free tiers are left out.
struct Prices {
  static constexpr const char* kDate = "2026-09-01";
  static constexpr const char* kRegion = "us-east-1";
  static constexpr double kLambdaGbSecond = 0.0000166667;
  static constexpr double kLambdaRequest = 0.20 / 1e6;
  static constexpr double kSqsRequest = 0.40 / 1e6;
  static constexpr double kS3Put = 0.005 / 1000;  ///< PUT and LIST.
  static constexpr double kS3Get = 0.0004 / 1000;
};

/// What the estimate takes for granted.
struct CostAssumptions {
  double function_gb = 1769.0 / 1024;   ///< The memory at which a Lambda function has one vCPU.
  double bytes_per_second = 60e6;       ///< CSV to Parquet on that vCPU, reading from S3 included.
  double seconds_per_invocation = 0.5;  ///< Start and publishing.
  uint64_t bytes_per_get = 8U << 20U;   ///< Ranged reads.
  double planner_seconds = 2;
};

struct CostItem {
  std::string what;
  double quantity = 0;
  std::string unit;
  double dollars = 0;
};

/// Compute, messages and requests of a load of `size_bytes` in `chunks`, whose planning reads `sampled_bytes`.
/// Storage and transfer are no part of it.
std::vector<CostItem> EstimateCost(uint64_t size_bytes, int chunks, uint64_t sampled_bytes,
                                   const CostAssumptions& assumptions);

double TotalDollars(const std::vector<CostItem>& items);

}  // namespace calve::cli
