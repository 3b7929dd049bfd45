#include "http/transport.h"

#include <algorithm>

namespace calve::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

}  // namespace

const std::string* FindHeader(const Headers& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (SameName(header.name, name)) return &header.value;
  }
  return nullptr;
}

void SetHeader(Headers& headers, std::string_view name, std::string value) {
  std::erase_if(headers, [&](const Header& header) { return SameName(header.name, name); });
  headers.push_back({std::string(name), std::move(value)});
}

std::string ShownUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const size_t scheme = url.find("://");
  const size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::string_view rest = url.substr(host);
  const size_t at = rest.substr(0, rest.find('/')).rfind('@');
  return std::string(url.substr(0, host)) + std::string(rest.substr(at == std::string_view::npos ? 0 : at + 1));
}

}  // namespace calve::http
