#include "event/notification.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"

namespace calve::event {
namespace {

// SNS around SNS around an event is unusual already, and each level is a text inside a text.
constexpr int kMaxEnvelopes = 3;

std::unexpected<Error> Bad(std::string reason) { return Err(ErrorKind::kBadData, std::move(reason)); }

// JSON's own error kind is for state of ours; here it is the sender's data.
template <typename T>
Result<T> Field(const Json& object, std::string_view key, std::string_view where) {
  Result<T> value = JsonGet<T>(object, key);
  if (!value) return Bad(fmt::format("{}: {}", where, value.error().message));
  return value;
}

Result<std::string> TextOr(const Json& object, std::string_view key, std::string_view where) {
  auto value = JsonFind<std::string>(object, key);
  if (!value) return Bad(fmt::format("{}: {}", where, value.error().message));
  return std::move(*value).value_or(std::string());
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// JsonText puts U+FFFD in the place of what is no UTF-8, so only valid text comes back as it was.
bool IsUtf8(const std::string& text) {
  const auto again = ParseJson(JsonText(Json(text)), "text");
  return again && again->is_string() && again->get_ref<const std::string&>() == text;
}

std::string WithoutQuotes(std::string etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
  return etag;
}

// Two kinds of objects that stand for no data: what consoles make for a folder, and what is empty.
void AddObject(LandedObject object, Notification& out) {
  if (object.key.ends_with('/')) {
    out.ignored.emplace_back("a folder was created");
  } else if (object.size_bytes == 0U) {
    out.ignored.emplace_back("an empty object was created");
  } else {
    out.objects.push_back(std::move(object));
  }
}

// A bucket with a '/' would name another bucket once it stands in a URI.
Status CheckName(const LandedObject& object, std::string_view where) {
  if (object.bucket.empty() || object.bucket.find('/') != std::string::npos) {
    return Bad(fmt::format("{}: the bucket's name is not one", where));
  }
  if (object.key.empty()) return Bad(fmt::format("{}: the key is empty", where));
  return {};
}

// The fields that both S3's own events and EventBridge's have, under the names that each gives them.
Status ReadObject(const Json& json, const char* etag, const char* version, std::string_view where, LandedObject& out) {
  CALVE_ASSIGN_OR_RETURN(std::string tag, TextOr(json, etag, where));
  out.etag = WithoutQuotes(std::move(tag));
  CALVE_ASSIGN_OR_RETURN(out.version_id, TextOr(json, version, where));
  // Where versioning is suspended all objects have this one: as a version it would make every overwrite look loaded.
  if (out.version_id == "null") out.version_id.clear();
  CALVE_ASSIGN_OR_RETURN(out.sequencer, TextOr(json, "sequencer", where));
  auto size = JsonFind<uint64_t>(json, "size");
  if (!size) return Bad(fmt::format("{}: {}", where, size.error().message));
  out.size_bytes = *size;
  return CheckName(out, where);
}

// "2.1" to "2.6" so far. A later minor version only adds fields, a later major one may change them (S3's User Guide,
// "Event message structure").
Status CheckVersion(const Json& record, std::string_view where) {
  CALVE_ASSIGN_OR_RETURN(const std::string version, TextOr(record, "eventVersion", where));
  if (version.empty() || version == "2" || version.starts_with("2.")) return {};
  return Bad(fmt::format("{}: eventVersion is not 2.x", where));
}

// "aws:s3", "minio:s3", "ceph:s3", "ceph:s3.zone.bucket".
Status CheckSource(const Json& record, std::string_view where) {
  CALVE_ASSIGN_OR_RETURN(const std::string source, TextOr(record, "eventSource", where));
  if (source.empty() || source.ends_with(":s3") || source.find(":s3.") != std::string::npos) return {};
  return Bad(fmt::format("{}: eventSource is not S3", where));
}

Status ReadRecord(const Json& record, std::string_view where, Notification& out) {
  CALVE_RETURN_IF_ERROR(CheckVersion(record, where));
  CALVE_RETURN_IF_ERROR(CheckSource(record, where));
  LandedObject object;
  CALVE_ASSIGN_OR_RETURN(object.event_name, Field<std::string>(record, "eventName", where));
  if (object.event_name.starts_with("s3:")) object.event_name.erase(0, 3);
  if (!object.event_name.starts_with("ObjectCreated:")) {
    out.ignored.emplace_back("an event that creates no object");
    return {};
  }
  CALVE_ASSIGN_OR_RETURN(const Json s3, Field<Json>(record, "s3", where));
  CALVE_ASSIGN_OR_RETURN(const Json bucket, Field<Json>(s3, "bucket", where));
  CALVE_ASSIGN_OR_RETURN(const Json json, Field<Json>(s3, "object", where));
  CALVE_ASSIGN_OR_RETURN(object.bucket, Field<std::string>(bucket, "name", where));
  CALVE_ASSIGN_OR_RETURN(const std::string key, Field<std::string>(json, "key", where));
  Result<std::string> decoded = DecodeKey(key);
  if (!decoded) return Bad(fmt::format("{}: {}", where, decoded.error().message));
  object.key = *std::move(decoded);
  CALVE_RETURN_IF_ERROR(ReadObject(json, "eTag", "versionId", where, object));
  AddObject(std::move(object), out);
  return {};
}

Status ReadRecords(const Json& records, Notification& out) {
  if (!records.is_array()) return Bad("an S3 event whose Records are no list");
  if (records.empty()) out.ignored.emplace_back("an S3 event without records");
  for (size_t i = 0; i < records.size(); ++i) {
    CALVE_RETURN_IF_ERROR(ReadRecord(records[i], fmt::format("record {} of an S3 event", i), out));
  }
  return {};
}

// Here the key is as it is: only S3's own events are encoded.
Status ReadEventBridge(const Json& json, Notification& out) {
  constexpr std::string_view kWhere = "an EventBridge event";
  CALVE_ASSIGN_OR_RETURN(const std::string source, Field<std::string>(json, "source", kWhere));
  if (source != "aws.s3") return Bad("an EventBridge event that is not from S3");
  LandedObject object;
  CALVE_ASSIGN_OR_RETURN(object.event_name, Field<std::string>(json, "detail-type", kWhere));
  if (object.event_name != "Object Created") {
    out.ignored.emplace_back("an event that creates no object");
    return {};
  }
  CALVE_ASSIGN_OR_RETURN(const Json detail, Field<Json>(json, "detail", kWhere));
  CALVE_ASSIGN_OR_RETURN(const Json bucket, Field<Json>(detail, "bucket", kWhere));
  CALVE_ASSIGN_OR_RETURN(const Json landed, Field<Json>(detail, "object", kWhere));
  CALVE_ASSIGN_OR_RETURN(object.bucket, Field<std::string>(bucket, "name", kWhere));
  CALVE_ASSIGN_OR_RETURN(object.key, Field<std::string>(landed, "key", kWhere));
  CALVE_RETURN_IF_ERROR(ReadObject(landed, "etag", "version-id", kWhere, object));
  AddObject(std::move(object), out);
  return {};
}

Status ReadSeedChunk(const Json& json, Notification& out) {
  constexpr std::string_view kWhere = "a chunk message";
  LandedObject object;
  CALVE_ASSIGN_OR_RETURN(object.bucket, Field<std::string>(json, "s3_bucket", kWhere));
  CALVE_ASSIGN_OR_RETURN(object.key, Field<std::string>(json, "s3_object_key", kWhere));
  CALVE_RETURN_IF_ERROR(CheckName(object, kWhere));
  out.objects.push_back(std::move(object));
  out.kind = Kind::kSeedChunk;
  return {};
}

Result<Notification> Parse(std::string_view body, int envelopes);

Result<Notification> ReadSns(const Json& json, int envelopes) {
  CALVE_ASSIGN_OR_RETURN(const std::string type, Field<std::string>(json, "Type", "an SNS message"));
  if (type == "UnsubscribeConfirmation") {
    return Notification{.kind = Kind::kNothing, .objects = {}, .ignored = {"the queue's SNS subscription has ended"}};
  }
  // A person has to follow its link, so it must not disappear.
  if (type == "SubscriptionConfirmation") return Bad("an SNS subscription of the queue waits to be confirmed");
  if (type != "Notification") return Bad("an SNS message that is no Notification");
  CALVE_ASSIGN_OR_RETURN(const std::string message, Field<std::string>(json, "Message", "an SNS message"));
  return Parse(message, envelopes + 1);
}

Result<Notification> Parse(std::string_view body, int envelopes) {
  if (envelopes > kMaxEnvelopes) return Bad(fmt::format("more than {} envelopes in one another", kMaxEnvelopes));
  const Result<Json> parsed = ParseJson(body, "the message");
  // The parser's own text quotes what it stumbled on.
  if (!parsed || !parsed->is_object()) return Bad("the message is not a JSON object");
  const Json& json = *parsed;
  Notification out;
  if (json.contains("Type") && (json.contains("Message") || json.contains("TopicArn"))) return ReadSns(json, envelopes);
  if (json.contains("Records")) {
    CALVE_RETURN_IF_ERROR(ReadRecords(json["Records"], out));
  } else if (json.contains("detail-type")) {
    CALVE_RETURN_IF_ERROR(ReadEventBridge(json, out));
  } else if (json.contains("calve") && envelopes == 0) {  // Its reader takes the message as it is.
    if (json["calve"] != "chunk") return Bad("a message of calve's that is no chunk message");
    out.kind = Kind::kChunk;
    return out;
  } else if (json.contains("s3_bucket") || json.contains("s3_object_key")) {
    CALVE_RETURN_IF_ERROR(ReadSeedChunk(json, out));
    return out;
  } else if (json.contains("Event") && json["Event"] == "s3:TestEvent") {
    out.ignored.emplace_back("S3's test event");
  } else {
    return Bad("neither an S3 event (raw, by SNS or by EventBridge) nor a chunk message");
  }
  out.kind = out.objects.empty() ? Kind::kNothing : Kind::kLanded;
  return out;
}

}  // namespace

Result<std::string> DecodeKey(std::string_view encoded) {
  std::string out;
  out.reserve(encoded.size());
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      out += encoded[i] == '+' ? ' ' : encoded[i];
      continue;
    }
    const int high = i + 2 < encoded.size() ? HexDigit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? HexDigit(encoded[i + 2]) : -1;
    if (high < 0 || low < 0) return Bad(fmt::format("the key is not url-encoded: a lone '%' at byte {}", i));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!IsUtf8(out)) return Bad("the key is not UTF-8 once it is decoded");
  return out;
}

Result<Notification> ParseNotification(std::string_view body) { return Parse(body, 0); }

}  // namespace calve::event
