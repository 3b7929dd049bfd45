// One request on one libcurl handle: its options, callbacks and outcome.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "http/transport.h"

namespace calve::http {

/// Used once, by one thread. `request` and `sink` outlive it; the handle is the caller's.
class CurlTransfer {
 public:
  CurlTransfer(CURL* easy, const Request& request, const BodySink& sink)
      : easy_(easy), request_(request), sink_(sink) {}
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;

  std::expected<Response, SendError> Run(const std::string& ca_bundle, const std::string& user_agent);

 private:
  // libcurl's callbacks; `self` is the CurlTransfer.
  static int OnSending(void* self, char* peer_ip, char* own_ip, int peer_port, int own_port);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnRead(char* buffer, size_t size, size_t count, void* self);
  static int OnProgress(void* self, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put);

  bool may_repeat() const { return request_.method == "GET" || request_.method == "HEAD"; }
  Status OpenFile();
  bool SetOptions(const std::string& ca_bundle, const std::string& user_agent);
  bool SetHeaders();
  SendError Failure(CURLcode code) const;

  CURL* const easy_;
  const Request& request_;
  const BodySink& sink_;
  Response response_;
  curl_slist* header_list_ = nullptr;
  int file_ = -1;
  uint64_t body_sent_ = 0;  // Bytes of the body that libcurl has taken.
  int sendings_ = 0;        // How many times libcurl was about to send the request.
  bool stopped_by_sink_ = false;
  bool cancelled_ = false;
  bool stalled_ = false;
  curl_off_t moved_bytes_ = 0;  // Of both bodies, as of last_move_.
  Deadline last_move_{};        // When the last byte came or went; the request's sending at first.
  std::optional<Error> file_error_;
  char reason_[CURL_ERROR_SIZE] = {};
};

}  // namespace calve::http
