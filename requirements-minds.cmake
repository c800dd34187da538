# How `make minds` builds llama.cpp: its library alone. What its programs share would be compiled with it, is as large,
# and nothing here loads it. A plain variable is stronger than the cache entry that llama-cpp-python forces (CMP0126).
set(LLAMA_BUILD_COMMON OFF)
