# Cython writes its source into the build directory, and a depfile: what that source was made from.
add_custom_command(
  OUTPUT _core.cpp
  COMMAND Python::Interpreter -m cython --cplus -M --module-name {{ cookiecutter.__package }}._core
          -o _core.cpp "${CMAKE_CURRENT_SOURCE_DIR}/src/_core.pyx"
  DEPENDS src/_core.pyx
  DEPFILE _core.cpp.dep
  VERBATIM)
if(NOT MSVC) # Cython 3.3 leaves out what 3.15 added to the end of a type
  set_source_files_properties(_core.cpp PROPERTIES COMPILE_OPTIONS -Wno-missing-field-initializers)
endif()

# scikit-build-core says here whether wheel.py-api can be had. In free-threaded builds it cannot, nor in the racy twin.
if(SKBUILD_SABI_VERSION)
  set(stable_abi USE_SABI ${SKBUILD_SABI_VERSION})
endif()
Python_add_library(_core MODULE WITH_SOABI ${stable_abi} _core.cpp)
target_compile_features(_core PRIVATE cxx_std_17)
