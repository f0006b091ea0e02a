#define _GNU_SOURCE
#include "library.h"

#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>

void* LibraryOpen(const char* path, int global) {
  (void)global;
  WCHAR wide[PATH_SIZE];
  if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, PATH_SIZE) == 0) return NULL;
  for (WCHAR* c = wide; *c != 0; ++c) {
    if (*c == L'/') *c = L'\\';
  }
  // A library that is named by its whole path finds what it needs in its own folder.
  const DWORD flags = wcschr(wide, L'\\') == NULL ? 0 : LOAD_WITH_ALTERED_SEARCH_PATH;
  return (void*)LoadLibraryExW(wide, NULL, flags);
}

void* LibrarySymbol(void* library, const char* name) {
  return (void*)GetProcAddress((HMODULE)library, name);
}

void LibraryError(char* message, size_t size) {
  WCHAR wide[512];
  const DWORD error = GetLastError();
  const DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
                                      NULL, error, 0, wide, sizeof wide / sizeof wide[0], NULL);
  if (length == 0 ||
      WideCharToMultiByte(CP_UTF8, 0, wide, -1, message, (int)size, NULL, NULL) == 0) {
    snprintf(message, size, "error %lu", (unsigned long)error);
  }
}

int LibraryFolder(char* folder, size_t size) {
  WCHAR wide[PATH_SIZE];
  HMODULE self;
  const DWORD flags =
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  if (!GetModuleHandleExW(flags, (LPCWSTR)(void*)&LibraryFolder, &self)) return 0;
  const DWORD length = GetModuleFileNameW(self, wide, PATH_SIZE);
  if (length == 0 || length >= PATH_SIZE) return 0;
  WCHAR* last = wcsrchr(wide, L'\\');
  if (last == NULL) return 0;
  last[1] = 0;
  return WideCharToMultiByte(CP_UTF8, 0, wide, -1, folder, (int)size, NULL, NULL) != 0;
}

#else
#include <dlfcn.h>

void* LibraryOpen(const char* path, int global) {
  return dlopen(path, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
}

void* LibrarySymbol(void* library, const char* name) { return dlsym(library, name); }

void LibraryError(char* message, size_t size) {
  const char* error = dlerror();
  snprintf(message, size, "%s", error == NULL ? "unknown error" : error);
}

int LibraryFolder(char* folder, size_t size) {
  Dl_info self;
  if (dladdr((void*)&LibraryFolder, &self) == 0) return 0;
  const char* slash = strrchr(self.dli_fname, '/');
  const int length = slash == NULL ? 0 : (int)(slash - self.dli_fname) + 1;
  return snprintf(folder, size, "%.*s", length, self.dli_fname) < (int)size;
}
#endif
