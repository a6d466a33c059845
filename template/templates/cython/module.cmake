add_custom_command(
  OUTPUT _core.cpp
  COMMAND Python::Interpreter -m cython --cplus -M --module-name {{ cookiecutter.__package }}._core
          -o _core.cpp "${CMAKE_CURRENT_SOURCE_DIR}/src/_core.pyx"
  DEPENDS src/_core.pyx
  DEPFILE _core.cpp.dep
  VERBATIM)

Python_add_library(_core MODULE WITH_SOABI _core.cpp)
target_compile_features(_core PRIVATE cxx_std_17)
