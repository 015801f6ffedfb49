// C model of decoder @NAME@, generated from its spec. Compile @NAME@_cmodel.cpp with
// g++ -std=c++17 -O3 -ffp-contract=off; the other functions may be called from C.
// Functions that return int return 0, or -1 when out of memory, (use_vector_bytes) unsupported or
// (decode_soft) given other arguments than it takes.
#ifndef @GUARD@
#define @GUARD@
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

int @NAME@_abi(void);                 // version of this interface, 1
const char* @NAME@_spec_sha(void);    // SHA-256 of the spec, hex
int @NAME@_n(void);                   // transmitted bits a frame
int @NAME@_k(void);                   // information bits a frame
int @NAME@_n_variables(void);         // bits of the graph, transmitted or not
int @NAME@_value_limit(void);         // largest channel value of decode_soft, in APP LSB
int @NAME@_lanes(void);               // frames decoded side by side
int @NAME@_vector_bytes(void);        // vector size in use; the widest that the processor has
int @NAME@_use_vector_bytes(int bytes);  // 16, 32, 64, or 0 for the widest; not while it runs

// LLRs (positive: 0) to channel codes.
void @NAME@_quantise(const float* llr, int64_t count, int8_t* codes);

// codes (frames, n) to bits (frames, n_variables), verified flags and iteration counts (frames).
int @NAME@_decode(const int8_t* codes, int64_t frames, uint8_t* bits, uint8_t* decoded,
                  uint8_t* iterations);@RETRIES@

// The same, from codes or from channel values (frames, n_variables) in APP LSB; the other is NULL,
// and values are -value_limit .. value_limit. Also APP values (frames, n_variables) in APP LSB when
// the frame ended, and the checks that were odd in its last iteration (frames); either may be NULL.
int @NAME@_decode_soft(const int8_t* codes, const int16_t* values, int64_t frames, uint8_t* bits,
                       uint8_t* decoded, uint8_t* iterations, int16_t* soft, int32_t* unsatisfied);

// Which of a frame's n_variables bits are the information bits, k places in ascending order:
// @INFORMATION@.
const int32_t* @NAME@_information_positions(void);

// information (frames, k), a bit a byte, to systematic codewords (frames, n_variables): information
// bit i is codeword bit information_positions[i], the others are parity, 0 where shortened.
int @NAME@_encode(const uint8_t* information, int64_t frames, uint8_t* codewords);

// Of bits (frames, n_variables), as decode and encode write them, the information bits (frames, k).
void @NAME@_extract_information(const uint8_t* bits, int64_t frames, uint8_t* information);

// The frames first, first + 1, ... of a simulation depend on channel, seed, point and their number
// only. kind: 0 AWGN, 1 binary symmetric, 2 Rayleigh with known gain; bits_per_symbol: 1 (BPSK),
// 4, 6, 8; parameter: noise deviation a real dimension at symbol energy 1, or flip probability.
// llr (frames, n), codewords (frames, n_variables).
int @NAME@_frames(int kind, int bits_per_symbol, double parameter, uint64_t seed, uint32_t point,
                  int64_t first, int64_t frames, uint8_t* codewords, float* llr);

// The same frames decoded: wrong information bits, verified flags, iteration counts (frames).
int @NAME@_simulate(int kind, int bits_per_symbol, double parameter, uint64_t seed, uint32_t point,
                    int64_t first, int64_t frames, uint32_t* bit_errors, uint8_t* decoded,
                    uint8_t* iterations);

#ifdef __cplusplus
}
#endif
#endif
