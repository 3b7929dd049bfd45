// Any bytes as a Lambda event: never a crash, no record lost (each is read or is bad), a direct event kept byte for
// byte, and an answer that names exactly what was bad.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "lambda/sqs_event.h"

namespace calve::lambda {
namespace {

void Check(bool holds) {
  if (!holds) std::abort();
}

void Run(std::string_view payload) {
  const Result<SqsBatch> batch = ParseSqsEvent(payload);
  const Result<Json> event = ParseJson(payload, "event");
  Check(batch.has_value() == (event.has_value() && event->is_object()));
  if (!batch.has_value()) {
    Check(batch.error().kind == ErrorKind::kBadData);
    return;
  }
  if (!batch->from_queue) {
    Check(batch->bad.empty() && batch->records.size() == 1 && batch->records[0].body == payload);
    return;
  }
  Check(batch->records.size() + batch->bad.size() == event->at("Records").size());
  std::vector<std::string> failed;
  for (const SqsRecord& record : batch->records) {
    Check(!record.message_id.empty() && record.receive_count >= 1);
  }
  for (const BadSqsRecord& bad : batch->bad) {
    Check(!bad.reason.empty());
    failed.push_back(bad.message_id);
  }
  const Result<Json> answer = ParseJson(BatchAnswer(failed), "answer");
  Check(answer.has_value());
  std::set<std::string> named;
  for (const Json& failure : answer->at("batchItemFailures"))
    named.insert(*JsonGet<std::string>(failure, "itemIdentifier"));
  Check(named == std::set<std::string>(failed.begin(), failed.end()));
  Check(answer->at("batchItemFailures").size() == named.size());
}

}  // namespace
}  // namespace calve::lambda

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  calve::lambda::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
