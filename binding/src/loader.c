// The stub `sconce.node`. It links no libtorch: it loads the one that it is told of, by absolute
// paths, asks for its version, and then loads the addon that was built for that version.

#include <node_api.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "library.h"

typedef napi_value (*RegisterFunction)(napi_env env, napi_value exports);
typedef uint64_t (*VersionFunction)(void);
typedef void (*AttachFunction)(void* open, const char* reason);

static napi_value Fail(napi_env env, const char* code, const char* message) {
  napi_throw_error(env, code, message);
  return NULL;
}

static napi_value FailToOpen(napi_env env, const char* code, const char* what) {
  char reason[PATH_SIZE];
  char message[2 * PATH_SIZE];
  LibraryError(reason, sizeof reason);
  snprintf(message, sizeof message, "%s could not be loaded: %s", what, reason);
  return Fail(env, code, message);
}

// Loads one library of libtorch's folder; one that is not there is passed over if `optional`.
static void* OpenIn(napi_env env, const char* folder, const char* name, int optional) {
  char path[PATH_SIZE];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
    return Fail(env, "ERR_LIBTORCH_LOAD", "libtorch's path is too long");
  }
  void* library = LibraryOpen(path, 1);
  if (library == NULL && !optional) return FailToOpen(env, "ERR_LIBTORCH_LOAD", "libtorch");
  return library;
}

// Gives the addon the library that links CUDA. Where that does not load all else works: the addon
// tells the reason to whoever asks for what is in it.
static void AttachCuda(void* addon, const char* folder, const char* version) {
  char path[2 * PATH_SIZE];
  char reason[PATH_SIZE];
  AttachFunction attach = (AttachFunction)LibrarySymbol(addon, "sconce_attach_cuda");
  if (attach == NULL) return;
  snprintf(path, sizeof path, "%s" LIBRARY("sconce-cuda-%s"), folder, version);
  void* library = LibraryOpen(path, 0);
  void* open = library == NULL ? NULL : LibrarySymbol(library, "sconce_cuda_library");
  if (open == NULL) LibraryError(reason, sizeof reason);
  attach(open, reason);
}

static napi_value LoadAddon(napi_env env, const char* version, int is_cuda) {
  char folder[PATH_SIZE];
  char path[2 * PATH_SIZE];
  if (!LibraryFolder(folder, sizeof folder)) {
    return Fail(env, "ERR_ADDON_LOAD", "sconce.node does not know where it lies");
  }
  snprintf(path, sizeof path, "%s" LIBRARY("sconce-%s"), folder, version);
  void* addon = LibraryOpen(path, 0);
  if (addon == NULL) return FailToOpen(env, "ERR_ADDON_LOAD", "the addon");
  RegisterFunction init = (RegisterFunction)LibrarySymbol(addon, "napi_register_module_v1");
  napi_value exports;
  if (init == NULL || napi_create_object(env, &exports) != napi_ok) {
    return Fail(env, "ERR_ADDON_LOAD", "the addon has no entry point");
  }
  napi_value result = init(env, exports);
  if (is_cuda && result != NULL) AttachCuda(addon, folder, version);
  return result;
}

// load(folder, flavour): the addon's exports
static napi_value Load(napi_env env, napi_callback_info info) {
  size_t count = 2;
  size_t length = 0;
  napi_value arguments[2];
  char folder[PATH_SIZE];
  char flavour[16];
  char minor_version[32];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 2 ||
      napi_get_value_string_utf8(env, arguments[0], folder, sizeof folder, &length) != napi_ok ||
      length + 1 >= sizeof folder ||
      napi_get_value_string_utf8(env, arguments[1], flavour, sizeof flavour, &length) != napi_ok) {
    return Fail(env, "ERR_ARGUMENT", "load(folder, flavour) takes two strings");
  }
  // libtorch's own OpenMP first, so that no other one is taken in its place.
  OpenIn(env, folder, OPENMP_LIBRARY, 1);
  if (OpenIn(env, folder, LIBRARY("c10"), 0) == NULL) return NULL;
  void* torch = OpenIn(env, folder, LIBRARY("torch_cpu"), 0);
  if (torch == NULL) return NULL;
  // Before the first question about devices: loaded later, CUDA is not seen.
  const int is_cuda = strcmp(flavour, "cuda") == 0;
  if (is_cuda && OpenIn(env, folder, LIBRARY("torch_cuda"), 0) == NULL) {
    return NULL;
  }
  VersionFunction version = (VersionFunction)LibrarySymbol(torch, "aoti_torch_abi_version");
  if (version == NULL) {
    return Fail(env, "ERR_LIBTORCH_VERSION",
                "this libtorch does not tell its version; sconce needs 2.11 to 2.14");
  }
  const unsigned major = (unsigned)(version() >> 56);
  const unsigned minor = (unsigned)(version() >> 48) & 0xff;
  snprintf(minor_version, sizeof minor_version, "%u.%u", major, minor);
  return LoadAddon(env, minor_version, is_cuda);
}

static int SetInteger(napi_env env, napi_value object, const char* name, int value) {
  napi_value number;
  return napi_create_int32(env, value, &number) == napi_ok &&
         napi_set_named_property(env, object, name, number) == napi_ok;
}

// driver(): { cuda, devices } as NVIDIA's driver tells, or null where there is none. The driver's
// own library is asked, which every program with CUDA has; the toolkit need not be there.
static napi_value Driver(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  int cuda = 0;
  int devices = 0;
  if (napi_get_null(env, &result) != napi_ok) return NULL;
  void* driver = LibraryOpen(CUDA_DRIVER, 0);
  if (driver == NULL) return result;
  int (*version)(int*) = (int (*)(int*))LibrarySymbol(driver, "cuDriverGetVersion");
  int (*init)(unsigned) = (int (*)(unsigned))LibrarySymbol(driver, "cuInit");
  int (*count)(int*) = (int (*)(int*))LibrarySymbol(driver, "cuDeviceGetCount");
  if (version == NULL || init == NULL || count == NULL || version(&cuda) != 0) return result;
  if (init(0) != 0 || count(&devices) != 0) devices = 0;
  if (napi_create_object(env, &result) != napi_ok || !SetInteger(env, result, "cuda", cuda) ||
      !SetInteger(env, result, "devices", devices)) {
    return NULL;
  }
  return result;
}

static int Export(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value) == napi_ok &&
         napi_set_named_property(env, exports, name, value) == napi_ok;
}

NAPI_MODULE_INIT() {
  if (!Export(env, exports, "load", Load) || !Export(env, exports, "driver", Driver)) return NULL;
  return exports;
}
