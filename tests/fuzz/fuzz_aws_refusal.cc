// Any response (a status in two bytes, a Retry-After or Date up to the first line's end, a body) as a refusal: never a
// crash, what it says is fit for a message, and a wait is bounded.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "aws/service_error.h"

namespace calve::aws {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsTidy(std::string_view text) {
  return text.size() <= 503 && std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

void Run(int status, std::string_view text) {
  const size_t line = std::min(text.find('\n'), text.size());
  const std::string field(text.substr(0, line));
  const http::Response response{
      .status = status,
      .headers = {{"Retry-After", field}, {"Date", field}, {"x-amz-retry-after", field}, {"x-amzn-query-error", field}},
      .body = std::string(text.substr(std::min(line + 1, text.size())))};
  const Refusal refusal = ReadRefusal(response, TimestampMicros(std::chrono::seconds(1'700'000'000)));
  Require(IsTidy(refusal.code) && IsTidy(refusal.message) && IsTidy(refusal.request_id));
  Require(refusal.may_have_taken_effect == (refusal.remedy == Remedy::kTransient));
  if (refusal.remedy == Remedy::kTransient || refusal.remedy == Remedy::kThrottled) {
    Require(refusal.kind == ErrorKind::kUnavailable);
  }
  if (refusal.retry_after) {
    Require(refusal.retry_after->count() >= 0 && *refusal.retry_after <= std::chrono::minutes(2));
  }
}

}  // namespace
}  // namespace calve::aws

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const int status = 300 + (data[0] * 256 + data[1]) % 300;  // Not a success.
  calve::aws::Run(status, {reinterpret_cast<const char*>(data + 2), size - 2});
  return 0;
}
