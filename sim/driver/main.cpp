// driver resets|soak PLAN: progress and one JSON object on standard output.
#include "bench.h"

#include <cstdio>
#include <stdexcept>
#include <string>

#ifdef __linux__
#include <csignal>
#include <sys/prctl.h>
#endif

int main(int count, char** words) {
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // no driver outlives the command that started it
#endif
    try {
        if (count != 3) throw std::runtime_error("usage: driver resets|soak PLAN");
        std::string what = words[1];
        Plan plan = read_plan(words[2]);
        if (what == "resets") return resets(plan);
        if (what == "soak") return soak(plan);
        throw std::runtime_error("unknown task " + what);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
