// C model of @NAME@: @MEMBERS@ decoders of @CODE@ side by side, the best result of them. Compile
// @NAME@_cmodel.cpp with g++ -std=c++17 -O3 -ffp-contract=off. Functions that return int return 0,
// or -1 when out of memory or (use_vector_bytes) unsupported.
#ifndef @GUARD@
#define @GUARD@
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

const char* @NAME@_spec_sha(void);       // SHA-256 of the spec, hex
int @NAME@_n(void);                      // channel codes a frame
int @NAME@_n_variables(void);            // hard decisions a frame
int @NAME@_vector_bytes(void);           // vector size in use
int @NAME@_use_vector_bytes(int bytes);  // 16, 32, 64, or 0 for the widest; not while it runs

// codes (frames, n) to bits (frames, n_variables), verified flags and iteration counts (frames).
int @NAME@_decode(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                  uint8_t* iterations);

#ifdef __cplusplus
}
#endif
#endif
