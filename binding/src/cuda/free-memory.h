#pragma once

namespace sconce::cuda {

// Has libtorch's allocator call `collect` before it asks the device for more memory.
void InstallFreeMemoryCallback(bool (*collect)(bool is_scarce));

}  // namespace sconce::cuda
