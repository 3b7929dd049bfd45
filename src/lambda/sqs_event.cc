#include "lambda/sqs_event.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/whole_number.h"

namespace calve::lambda {
namespace {

bool LooksLikeSqs(const Json& record) {
  if (!record.is_object()) return false;
  const auto source = JsonFind<std::string>(record, "eventSource");
  if (source.has_value() && *source) return **source == "aws:sqs";
  return record.contains("messageId") && record.contains("body");
}

Result<std::string> TextOrEmpty(const Json& object, std::string_view key) {
  CALVE_ASSIGN_OR_RETURN(std::optional<std::string> text, JsonFind<std::string>(object, key));
  return std::move(text).value_or("");
}

Result<int64_t> ReceiveCount(const Json& record) {
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> attributes, JsonFind<Json>(record, "attributes"));
  if (!attributes) return 1;
  CALVE_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                         JsonFind<std::string>(*attributes, "ApproximateReceiveCount"));
  if (!text) return 1;
  const auto count = WholeNumber<int64_t>(*text);
  if (!count || *count < 1) return Err(ErrorKind::kBadData, "ApproximateReceiveCount is not a positive number");
  return *count;
}

Result<std::map<std::string, std::string>> MessageAttributes(const Json& record) {
  std::map<std::string, std::string> found;
  CALVE_ASSIGN_OR_RETURN(const std::optional<Json> attributes, JsonFind<Json>(record, "messageAttributes"));
  if (!attributes) return found;
  if (!attributes->is_object()) return Err(ErrorKind::kBadData, "messageAttributes is not an object");
  for (const auto& [name, attribute] : attributes->items()) {
    CALVE_ASSIGN_OR_RETURN(std::optional<std::string> value, JsonFind<std::string>(attribute, "stringValue"));
    if (value) found.emplace(name, *std::move(value));  // A binary one has none, and is not ours.
  }
  return found;
}

Result<SqsRecord> ParseRecord(const Json& json) {
  SqsRecord record;
  CALVE_ASSIGN_OR_RETURN(record.message_id, JsonGet<std::string>(json, "messageId"));
  if (record.message_id.empty()) return Err(ErrorKind::kBadData, "field 'messageId' is empty");
  CALVE_ASSIGN_OR_RETURN(record.body, JsonGet<std::string>(json, "body"));
  CALVE_ASSIGN_OR_RETURN(record.receipt_handle, TextOrEmpty(json, "receiptHandle"));
  CALVE_ASSIGN_OR_RETURN(record.queue_arn, TextOrEmpty(json, "eventSourceARN"));
  CALVE_ASSIGN_OR_RETURN(record.receive_count, ReceiveCount(json));
  CALVE_ASSIGN_OR_RETURN(record.attributes, MessageAttributes(json));
  return record;
}

std::string IdOf(const Json& json) {
  const auto id = JsonGet<std::string>(json, "messageId");
  return id.has_value() ? *id : "";
}

}  // namespace

Result<SqsBatch> ParseSqsEvent(std::string_view payload) {
  const auto event = ParseJson(payload, "the event");
  // The parser's message quotes what it read: not for a log.
  if (!event.has_value()) return Err(ErrorKind::kBadData, "the event is not valid JSON");
  if (!event->is_object()) return Err(ErrorKind::kBadData, "the event is not a JSON object");
  SqsBatch batch;
  const auto records = event->find("Records");
  batch.from_queue = records != event->end() && records->is_array() && std::ranges::any_of(*records, LooksLikeSqs);
  if (!batch.from_queue) {
    SqsRecord direct;
    direct.body = payload;
    batch.records.push_back(std::move(direct));
    return batch;
  }
  for (size_t i = 0; i < records->size(); ++i) {
    const Json& json = (*records)[i];
    Result<SqsRecord> record = ParseRecord(json);
    if (record.has_value()) {
      batch.records.push_back(*std::move(record));
    } else {
      batch.bad.push_back({IdOf(json), "record " + std::to_string(i) + " of the batch: " + record.error().message});
    }
  }
  return batch;
}

std::string BatchAnswer(std::span<const std::string> failed_ids) {
  Json failures = Json::array();
  std::set<std::string_view> seen;
  for (const std::string& id : failed_ids) {
    if (seen.insert(id).second) failures.push_back(Json{{"itemIdentifier", id}});
  }
  Json answer;
  answer["batchItemFailures"] = std::move(failures);
  return JsonText(answer);
}

}  // namespace calve::lambda
