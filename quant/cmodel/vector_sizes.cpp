int CM_NAME(lanes)(void) { return chosen()->lanes; }
int CM_NAME(vector_bytes)(void) { return chosen()->bytes; }

int CM_NAME(use_vector_bytes)(int bytes) {
    const int due = bytes == 0 ? widest_vectors() : bytes;
    if (!has_vectors(due)) return -1;
    chosen() = of_bytes(due);
    return 0;
}
