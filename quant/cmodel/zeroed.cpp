template <class X, size_t grain>
struct Zeroed {  // zeroed storage that begins on, and fills, whole grains of so many bytes
    X* data;
    explicit Zeroed(size_t count) {
        const size_t bytes = (count * sizeof(X) + grain - 1) / grain * grain;
        data = static_cast<X*>(std::aligned_alloc(grain, bytes));
        if (!data) throw std::bad_alloc();
        std::memset(static_cast<void*>(data), 0, bytes);
    }
    ~Zeroed() { std::free(data); }
    Zeroed(const Zeroed&) = delete;
    Zeroed& operator=(const Zeroed&) = delete;
    X& operator[](size_t i) { return data[i]; }
    const X& operator[](size_t i) const { return data[i]; }
};
