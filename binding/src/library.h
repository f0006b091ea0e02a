// Shared libraries, on each platform: opened by path, asked for symbols.

#ifndef SCONCE_LIBRARY_H_
#define SCONCE_LIBRARY_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PATH_SIZE 4096

#ifdef _WIN32
#define CUDA_DRIVER "nvcuda.dll"
#define OPENMP_LIBRARY "libiomp5md.dll"
#define LIBRARY(name) name ".dll"
#elif defined(__APPLE__)
#define CUDA_DRIVER "libcuda.dylib"
#define OPENMP_LIBRARY "libomp.dylib"
#define LIBRARY(name) "lib" name ".dylib"
#else
#define CUDA_DRIVER "libcuda.so.1"
#define OPENMP_LIBRARY "libgomp.so.1"
#define LIBRARY(name) "lib" name ".so"
#endif

// Opens a library, its symbols all bound; NULL where it cannot be.
void* LibraryOpen(const char* path, int global);
void* LibrarySymbol(void* library, const char* name);
// Why the last call failed.
void LibraryError(char* message, size_t size);
// The folder of this code, with the last separator; 0 where that is not known.
int LibraryFolder(char* folder, size_t size);

#ifdef __cplusplus
}
#endif

#endif  // SCONCE_LIBRARY_H_
