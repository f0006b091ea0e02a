#pragma once

#include <ATen/core/Generator.h>

#include "weak-table.h"

namespace sconce {

// The random generators that JS holds.
using Generators = WeakTable<at::Generator>;

}  // namespace sconce
