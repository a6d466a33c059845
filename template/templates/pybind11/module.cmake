# pybind11 as a command, with --cmakedir, puts a path that has spaces into quotes, which CMake takes for a part of it.
execute_process(COMMAND "${Python_EXECUTABLE}" -c "import pybind11; print(pybind11.get_cmake_dir())"
                OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE pybind11_ROOT COMMAND_ERROR_IS_FATAL ANY)
find_package(pybind11 CONFIG REQUIRED)

# The module declares for itself what it needs of the GIL: PYBIND11_MODULE at the end of the source.
pybind11_add_module(_core src/_core.cpp)
target_compile_features(_core PRIVATE cxx_std_17)
