#include "openmp.h"

#include "library.h"

namespace sconce {

void ReleaseTeam() {
#ifdef __linux__
  // Of OpenMP 5.0; found in the OpenMP that libtorch came with, which the stub has loaded.
  using Pause = int (*)(int);
  constexpr int kSoft = 1;
  static const auto pause =
      reinterpret_cast<Pause>(LibrarySymbol(nullptr, "omp_pause_resource_all"));
  if (pause != nullptr) pause(kSoft);
#endif
}

}  // namespace sconce
