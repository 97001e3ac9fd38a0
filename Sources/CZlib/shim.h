// zlib as Debian packages it (zlib1g-dev), for the target Deflate.
#include <zlib.h>
