execute_process(COMMAND "${Python_EXECUTABLE}" -m nanobind --cmake_dir
                OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE nanobind_ROOT COMMAND_ERROR_IS_FATAL ANY)
find_package(nanobind CONFIG REQUIRED)

# FREE_THREADED declares that the module needs no GIL; STABLE_ABI makes one wheel serve all GIL-enabled versions from 3.12 on.
# Of the two, nanobind uses what fits the interpreter.
nanobind_add_module(_core FREE_THREADED STABLE_ABI NB_STATIC NOMINSIZE NB_DOMAIN {{ cookiecutter.__package }} src/_core.cpp)
