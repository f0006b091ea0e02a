#pragma once

#include <string>

// libtorch's ATen/functorch/Interpreter.h names this library, which its packages leave out, in
// functions that nothing here calls: declarations are enough to compile it.
namespace nlohmann {

class json {
 public:
  json();
  template <class T>
  explicit json(const T& value);
  static json parse(const std::string& text);
  std::string dump() const;
  template <class T>
  T get() const;
};

}  // namespace nlohmann
