// --- one decoder with retries at one lane width ---------------------------------------------------

template <class S, bool soft, bool whole, class Feed>
static void decode_tries(Feed feed, const Results& results) {
    ResultSink<S, soft> sink(results);
    DecodeAgain<soft, whole> again{results};
    run_tries<S>(feed, sink, again);
}

template <class S>
static void decode(const Received& received, int64_t frames, const Results& results) {
    if (received.values) {
        typedef WithValues<S> W;
        decode_tries<W, true, true>(ValueFeed<W>{received.values, 0, frames}, results);
    } else if (results.unsatisfied || results.soft) {
        decode_tries<S, true, false>(CodeFeed<S>{received.codes, 0, frames}, results);
    } else {
        decode_tries<S, false, false>(CodeFeed<S>{received.codes, 0, frames}, results);
    }
}

template <class S>
static void simulate(const Link& link, const Origin& from, int64_t first, int64_t frames,
                     uint32_t* bit_errors, uint8_t* decoded, uint8_t* iterations_used) {
    RandomFeed<S> feed(link, from, first, frames);
    CountSink<S> sink{feed, first, bit_errors, decoded, iterations_used};
    CountAgain<S> again{feed, first, bit_errors, decoded, iterations_used};
    run_tries<S>(feed, sink, again);
}

template <class S>
static const Engine<S> engine = {CM_LANE_BYTES, Lanes<S>::lanes, quantise<S>, decode<S>,
                                 simulate<S>, encode_block<S>};
