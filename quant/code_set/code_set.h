// C model of @NAME@, decoders of several codes: @ABOUT@.
// Compile @NAME@_cmodel.cpp with g++ -std=c++17 -O3 -ffp-contract=off. Functions that return int
// return 0 or a size, or -1 when out of memory, for a code that there is not, for a control word
// that is invalid (simulate) or (use_vector_bytes) unsupported.
//
// Codes by number:
@CODES@
// A control word has, from bit 31 on: id (8 bits), largest number of iterations (6), stop on no
// change, stop on pass, all bits (else the information bits), hard decisions only (which this model
// ignores), 0 (7 bits), code (7). It is invalid with 0 iterations or a code that there is not. A
// status word has: id, iterations, stopped on no change, stopped on pass, passed, hard, dropped,
// 0 (6 bits), code. The same places as in AMD PG256, LDPC other than 5G; dropped is our own.
#ifndef @GUARD@
#define @GUARD@
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

const char* @NAME@_spec_sha(void);       // SHA-256 of the spec, hex
int @NAME@_members(void);                // codes
int @NAME@_n(int code);                  // transmitted bits a frame
int @NAME@_k(int code);                  // information bits a frame
int @NAME@_n_variables(int code);        // bits of the graph, transmitted or not
int @NAME@_result_bits(uint32_t control);  // of a frame's result, 0 if the word is invalid
int @NAME@_vector_bytes(void);           // vector size in use
int @NAME@_use_vector_bytes(int bytes);  // 16, 32, 64, or 0 for the widest; not while it runs

// LLRs (positive: 0) to channel codes.
int @NAME@_quantise(int code, const float* llr, int64_t count, int8_t* codes);

// Frames one after the other, each with its control word and its number of codes. A frame is
// dropped if its word is invalid or the number is not n of its code. bits: result_bits of each frame
// that is not dropped, one after the other; soft: APP values in APP LSB of these bits, or NULL.
int @NAME@_decode(const uint32_t* control, const int32_t* lengths, int64_t frames,
                  const int8_t* codes, uint8_t* bits, uint32_t* status, int16_t* soft);

// Which of a code's n_variables bits are the k information bits, ascending; NULL for no such code.
const int32_t* @NAME@_information_positions(int code);

// information (frames, k), a bit a byte, to systematic codewords (frames, n_variables).
int @NAME@_encode(int code, const uint8_t* information, int64_t frames, uint8_t* codewords);

// The frames first, first + 1, ... of a simulation of one code depend on channel, seed, point and
// their number only. kind: 0 AWGN, 1 binary symmetric, 2 Rayleigh with known gain; bits_per_symbol:
// 1 (BPSK), 4, 6, 8; parameter: noise deviation a real dimension at symbol energy 1, or flip
// probability. llr (frames, n), codewords (frames, n_variables).
int @NAME@_frames(int code, int kind, int bits_per_symbol, double parameter, uint64_t seed,
                  uint32_t point, int64_t first, int64_t frames, uint8_t* codewords, float* llr);

// The same frames decoded as the control word asks for: wrong information bits, verified flags,
// iteration counts (frames). Of so many turns frames go to each in turn, @ROW@ in a row: only those
// of this turn are written. turn 0 of 1: all frames.
int @NAME@_simulate(uint32_t control, int turn, int turns, int kind, int bits_per_symbol,
                    double parameter, uint64_t seed, uint32_t point, int64_t first, int64_t frames,
                    uint32_t* bit_errors, uint8_t* decoded, uint8_t* iterations);

#ifdef __cplusplus
}
#endif
#endif
