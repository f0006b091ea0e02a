// Included before every file on Linux. What is built on a new system binds to the newest symbols of
// its glibc; these older ones do the same, and so a binary also runs wherever Node itself does.

#if defined(__GLIBC__) || defined(__gnu_linux__)
#ifdef __x86_64__
#define SCONCE_OLDEST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define SCONCE_OLDEST "GLIBC_2.17"
#endif
#ifdef SCONCE_OLDEST
__asm__(".symver dlopen,dlopen@" SCONCE_OLDEST);
__asm__(".symver dlsym,dlsym@" SCONCE_OLDEST);
__asm__(".symver dlerror,dlerror@" SCONCE_OLDEST);
__asm__(".symver dladdr,dladdr@" SCONCE_OLDEST);
__asm__(".symver pthread_once,pthread_once@" SCONCE_OLDEST);
#endif
#endif
