// --- one decoder at one lane width ----------------------------------------------------------------

template <class S>
static void decode(const Received& received, int64_t frames, const Results& results) {
    if (received.values) {
        typedef WithValues<S> W;
        ResultSink<W, true> sink(results);
        ValueFeed<W> feed{received.values, 0, frames};
        run<W>(feed, sink);
    } else if (results.unsatisfied || results.soft) {
        ResultSink<S, true> sink(results);
        CodeFeed<S> feed{received.codes, 0, frames};
        run<S>(feed, sink);
    } else {
        ResultSink<S, false> sink(results);
        CodeFeed<S> feed{received.codes, 0, frames};
        run<S>(feed, sink);
    }
}

template <class S>
static void simulate(const Link& link, const Origin& from, int64_t first, int64_t frames,
                     uint32_t* bit_errors, uint8_t* decoded, uint8_t* iterations_used) {
    RandomFeed<S> feed(link, from, first, frames);
    CountSink<S> sink{feed, first, bit_errors, decoded, iterations_used};
    run<S>(feed, sink);
}

template <class S>
static const Engine<S> engine = {CM_LANE_BYTES, Lanes<S>::lanes, quantise<S>, decode<S>,
                                 simulate<S>, encode_block<S>};
