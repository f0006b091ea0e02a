// Since glibc 2.32 the C++ headers ask this variable whether atomic operations may be left out. One
// of our own that says no spares the addon the newer glibc; see glibc.h.
char __libc_single_threaded = 0;
