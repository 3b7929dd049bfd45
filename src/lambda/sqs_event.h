// The event that a Lambda function gets from an SQS event source mapping, and the partial-failure answer to it.
// Spec: "Using Lambda with Amazon SQS" and "Implementing partial batch responses", AWS documentation.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace calve::lambda {

/// One message.
struct SqsRecord {
  std::string message_id;      ///< Empty for a direct invocation.
  std::string receipt_handle;  ///< May be empty. Lambda deletes the message itself; this is for its visibility.
  std::string body;            ///< Of a direct invocation: the whole event, byte for byte.
  int64_t receive_count = 1;   ///< ApproximateReceiveCount: 1 at the first delivery.
  std::string queue_arn;       ///< eventSourceARN; may be empty.
  std::map<std::string, std::string> attributes;  ///< messageAttributes of the type String (and Number): the sender's.
};

/// A record that is no message: it fails alone, with its reason.
struct BadSqsRecord {
  std::string message_id;  ///< Empty when the record has not even that.
  std::string reason;      ///< For the log; holds no payload.
};

struct SqsBatch {
  /// False: somebody invoked the function with an event itself (S3, SNS, EventBridge, a message's body): `records` has
  /// that one, nothing is a partial failure, and the answer is the caller's own.
  bool from_queue = false;
  std::vector<SqsRecord> records;
  std::vector<BadSqsRecord> bad;
};

/// kBadData when the payload is no JSON object. A batch is told from a direct event by its records: at least one of
/// them calls itself "aws:sqs", or has a messageId and a body.
Result<SqsBatch> ParseSqsEvent(std::string_view payload);

/// {"batchItemFailures":[{"itemIdentifier":id}...]}, each id once; with none, the whole batch has succeeded. An empty
/// id is passed on: Lambda takes it as the failure of the whole batch, and a message without an id is not lost.
std::string BatchAnswer(std::span<const std::string> failed_ids);

}  // namespace calve::lambda
