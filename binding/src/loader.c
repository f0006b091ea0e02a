// The stub `sconce.node`. It links no libtorch: it loads the one that it is told of, by absolute
// paths, asks for its version, and then loads the addon that was built for that version.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <node_api.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 4096

typedef napi_value (*RegisterFunction)(napi_env env, napi_value exports);
typedef uint64_t (*VersionFunction)(void);

static napi_value Fail(napi_env env, const char* code, const char* message) {
  napi_throw_error(env, code, message);
  return NULL;
}

// Loads one library of libtorch's folder; one that is not there is passed over if `optional`.
static void* OpenIn(napi_env env, const char* folder, const char* name, int optional) {
  char path[PATH_SIZE];
  char message[2 * PATH_SIZE];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
    return Fail(env, "ERR_LIBTORCH_LOAD", "libtorch's path is too long");
  }
  void* library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL && !optional) {
    snprintf(message, sizeof message, "libtorch could not be loaded: %s", dlerror());
    return Fail(env, "ERR_LIBTORCH_LOAD", message);
  }
  return library;
}

static napi_value LoadAddon(napi_env env, const char* stem) {
  Dl_info self;
  char path[PATH_SIZE];
  char message[2 * PATH_SIZE];
  if (dladdr((void*)&LoadAddon, &self) == 0) {
    return Fail(env, "ERR_ADDON_LOAD", "sconce.node does not know where it lies");
  }
  const char* slash = strrchr(self.dli_fname, '/');
  const int folder = slash == NULL ? 0 : (int)(slash - self.dli_fname) + 1;
  snprintf(path, sizeof path, "%.*s%s", folder, self.dli_fname, stem);
  void* addon = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (addon == NULL) {
    snprintf(message, sizeof message, "the addon could not be loaded: %s", dlerror());
    return Fail(env, "ERR_ADDON_LOAD", message);
  }
  RegisterFunction init = (RegisterFunction)dlsym(addon, "napi_register_module_v1");
  napi_value exports;
  if (init == NULL || napi_create_object(env, &exports) != napi_ok) {
    return Fail(env, "ERR_ADDON_LOAD", "the addon has no entry point");
  }
  return init(env, exports);
}

// load(folder, flavour): the addon's exports
static napi_value Load(napi_env env, napi_callback_info info) {
  size_t count = 2;
  size_t length = 0;
  napi_value arguments[2];
  char folder[PATH_SIZE];
  char flavour[16];
  char stem[64];
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 2 ||
      napi_get_value_string_utf8(env, arguments[0], folder, sizeof folder, &length) != napi_ok ||
      length + 1 >= sizeof folder ||
      napi_get_value_string_utf8(env, arguments[1], flavour, sizeof flavour, &length) != napi_ok) {
    return Fail(env, "ERR_ARGUMENT", "load(folder, flavour) takes two strings");
  }
  // libtorch's own OpenMP first, so that no other one is taken in its place.
  OpenIn(env, folder, "libgomp.so.1", 1);
  if (OpenIn(env, folder, "libc10.so", 0) == NULL) return NULL;
  void* torch = OpenIn(env, folder, "libtorch_cpu.so", 0);
  if (torch == NULL) return NULL;
  // Before the first question about devices: loaded later, CUDA is not seen.
  if (strcmp(flavour, "cuda") == 0 && OpenIn(env, folder, "libtorch_cuda.so", 0) == NULL) {
    return NULL;
  }
  VersionFunction version = (VersionFunction)dlsym(torch, "aoti_torch_abi_version");
  if (version == NULL) {
    return Fail(env, "ERR_LIBTORCH_VERSION",
                "this libtorch does not tell its version; sconce needs 2.11 to 2.14");
  }
  const unsigned major = (unsigned)(version() >> 56);
  const unsigned minor = (unsigned)(version() >> 48) & 0xff;
  snprintf(stem, sizeof stem, "libsconce-%u.%u.so", major, minor);
  return LoadAddon(env, stem);
}

NAPI_MODULE_INIT() {
  napi_value load;
  if (napi_create_function(env, "load", NAPI_AUTO_LENGTH, Load, NULL, &load) != napi_ok ||
      napi_set_named_property(env, exports, "load", load) != napi_ok) {
    return NULL;
  }
  return exports;
}
