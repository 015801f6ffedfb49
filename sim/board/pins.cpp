// A Verilated board whose serial pins end at a pseudo-terminal:
// pins FD BIT_CYCLES MILLIONTHS SEED QUIET
// Of a million bits on the line, MILLIONTHS are inverted, in each direction. After QUIET cycles
// without a bit nothing happens in the design any more, and time stands still.
#include "Vboard.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <poll.h>
#include <string>
#include <unistd.h>

#ifdef __linux__
#include <csignal>
#include <sys/prctl.h>
#endif

namespace {

const int BITS = 10;  // start, eight, stop
const size_t FLUSH = 256;
const int WAIT_MILLISECONDS = 50;

struct Noise {
    uint64_t state;
    uint64_t limit;
    bool operator()() {  // xorshift64*: Vigna, "An experimental exploration of xorshift generators"
        if (!limit) return false;
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (state * 2685821657736338717ull >> 32) % 1000000 < limit;
    }
};

class Terminal {
public:
    explicit Terminal(int fd) : fd_(fd) {}
    bool take(unsigned char& byte) {
        if (in_.empty()) return false;
        byte = in_.front();
        in_.pop_front();
        return true;
    }
    // Waits so many milliseconds for bytes; false if the terminal has gone.
    bool look(int milliseconds) {
        pollfd asked = {fd_, POLLIN, 0};
        if (poll(&asked, 1, milliseconds) <= 0) return true;
        unsigned char data[4096];
        ssize_t count = read(fd_, data, sizeof data);
        if (count > 0) in_.insert(in_.end(), data, data + count);
        return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
    }
    void give(unsigned char byte) {
        out_ += char(byte);
        if (out_.size() >= FLUSH) flush();
    }
    void flush() {
        size_t done = 0;
        while (done < out_.size()) {
            ssize_t count = write(fd_, out_.data() + done, out_.size() - done);
            if (count < 0 && errno != EINTR && errno != EAGAIN) std::exit(1);
            if (count > 0) done += size_t(count);
        }
        out_.clear();
    }
    bool empty() const { return in_.empty(); }

private:
    int fd_;
    std::deque<unsigned char> in_;
    std::string out_;
};

}  // namespace

int main(int count, char** words) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (count != 6) return 2;
    Terminal terminal(std::atoi(words[1]));
    const int bit_cycles = std::atoi(words[2]);
    const uint64_t limit = std::strtoull(words[3], nullptr, 10);
    const uint64_t seed = std::strtoull(words[4], nullptr, 10);
    const uint64_t most_quiet = std::strtoull(words[5], nullptr, 10);
    Noise to_board = {2 * seed + 1, limit}, from_board = {2 * seed + 0x9e3779b97f4a7c15ull, limit};
    Vboard board;
    board.clk = 0;
    board.rx = 1;
    int to_wait = 0, to_left = 0, from_wait = 0, from_left = 0;
    unsigned to_word = 0, from_word = 0;
    uint64_t quiet = 0;
    for (uint64_t cycle = 0;; cycle++) {
        board.clk = 1;
        board.eval();
        board.clk = 0;
        board.eval();
        quiet++;
        // To the board: a bit every bit_cycles cycles.
        if (to_wait) {
            to_wait--;
        } else {
            unsigned char byte;
            if (!to_left && terminal.take(byte)) {
                to_word = unsigned(byte) << 1 | 1u << 9;
                to_left = BITS;
            }
            if (to_left) {
                board.rx = (to_word & 1) ^ to_board();
                to_word >>= 1;
                to_left--;
                to_wait = bit_cycles - 1;
                quiet = 0;
            } else {
                board.rx = 1;
            }
        }
        // From the board: the middle of each bit.
        if (from_left) {
            quiet = 0;
            if (from_wait) {
                from_wait--;
            } else {
                from_word = from_word >> 1 | unsigned(bool(board.tx) ^ from_board()) << 9;
                from_left--;
                from_wait = bit_cycles - 1;
                // A byte without its stop bit is dropped, as a serial port does.
                if (!from_left && (from_word >> 9 & 1) && !(from_word & 1))
                    terminal.give((unsigned char)(from_word >> 1));
            }
        } else if (!board.tx) {
            from_left = BITS;
            from_wait = bit_cycles / 2 - 1;
        }
        if (quiet == uint64_t(4 * BITS * bit_cycles)) terminal.flush();
        if (terminal.empty() && cycle % uint64_t(BITS * bit_cycles) == 0)
            if (!terminal.look(quiet > most_quiet ? WAIT_MILLISECONDS : 0)) return 0;
    }
}
