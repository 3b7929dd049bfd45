#include "aws/xml.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <iterator>

namespace calve::aws {
namespace {

/// Where the markup that begins at `at` (a '<') ends: behind its '>'. Comments, CDATA and quoted '>' are whole.
size_t MarkupEnd(std::string_view xml, size_t at) {
  const auto behind = [&](std::string_view mark, size_t from) {
    const size_t found = xml.find(mark, from);
    return found == std::string_view::npos ? xml.size() : found + mark.size();
  };
  if (xml.substr(at).starts_with("<!--")) return behind("-->", at + 4);
  if (xml.substr(at).starts_with("<![CDATA[")) return behind("]]>", at + 9);
  char quote = 0;
  for (size_t i = at + 1; i < xml.size(); ++i) {
    if (quote != 0) {
      if (xml[i] == quote) quote = 0;
    } else if (xml[i] == '"' || xml[i] == '\'') {
      quote = xml[i];
    } else if (xml[i] == '>') {
      return i + 1;
    }
  }
  return xml.size();
}

/// The first element `name` from `at` on; `at` moves behind it.
std::optional<std::string_view> Next(std::string_view xml, std::string_view name, size_t& at) {
  const auto tag_name = [&](size_t from) {
    const size_t end = xml.find_first_of(" \t\r\n/>", from);
    return xml.substr(from, std::min(end, xml.size()) - from);
  };
  while ((at = xml.find('<', at)) != std::string_view::npos) {
    const size_t inside = MarkupEnd(xml, at);
    if (tag_name(at + 1) != name) {
      at = inside;
      continue;
    }
    if (inside >= 2 && xml[inside - 2] == '/') {
      at = inside;
      return std::string_view();
    }
    for (size_t close = xml.find('<', inside); close != std::string_view::npos;) {
      const size_t end = MarkupEnd(xml, close);
      if (xml[close + 1 < xml.size() ? close + 1 : close] == '/' && tag_name(close + 2) == name) {
        at = end;
        return xml.substr(inside, close - inside);
      }
      close = xml.find('<', end);
    }
    return std::nullopt;  // Never closed.
  }
  return std::nullopt;
}

void AppendUtf8(std::string& text, uint32_t code) {
  const auto add = [&](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0U | (code >> 6U));
    add(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0U | (code >> 12U));
    add(0x80U | ((code >> 6U) & 0x3FU));
    add(0x80U | (code & 0x3FU));
  } else {
    add(0xF0U | (code >> 18U));
    add(0x80U | ((code >> 12U) & 0x3FU));
    add(0x80U | ((code >> 6U) & 0x3FU));
    add(0x80U | (code & 0x3FU));
  }
}

/// Appends what `entity` (between & and ;) stands for; false when it is none.
bool AppendEntity(std::string& text, std::string_view entity) {
  if (entity == "amp") return text += '&', true;
  if (entity == "lt") return text += '<', true;
  if (entity == "gt") return text += '>', true;
  if (entity == "quot") return text += '"', true;
  if (entity == "apos") return text += '\'', true;
  if (!entity.starts_with('#') || entity.size() < 2) return false;
  const bool hex = entity[1] == 'x';
  const std::string_view digits = entity.substr(hex ? 2 : 1);
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size() || code > 0x10FFFF) return false;
  AppendUtf8(text, code);
  return true;
}

}  // namespace

std::optional<std::string_view> XmlInside(std::string_view xml, std::string_view name) {
  size_t at = 0;
  return Next(xml, name, at);
}

std::vector<std::string_view> XmlInsides(std::string_view xml, std::string_view name) {
  std::vector<std::string_view> found;
  size_t at = 0;
  while (const auto inside = Next(xml, name, at)) found.push_back(*inside);
  return found;
}

std::string XmlUnescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("<![CDATA[")) {
      const size_t end = std::min(text.find("]]>", i), text.size());
      plain += text.substr(i + 9, end - (i + 9));
      i = end + 2;
      continue;
    }
    const size_t semicolon = text[i] == '&' ? text.find(';', i) : std::string_view::npos;
    if (semicolon != std::string_view::npos && AppendEntity(plain, text.substr(i + 1, semicolon - i - 1))) {
      i = semicolon;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string XmlText(std::string_view xml, std::string_view name) {
  const auto inside = XmlInside(xml, name);
  return inside ? XmlUnescape(*inside) : std::string();
}

std::string XmlEscape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&apos;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(escaped), "&#{};", static_cast<int>(c));
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

}  // namespace calve::aws
