# One source for three ABIs, and a wheel for each: wheel.py-api in pyproject.toml names the same ones.
#   GIL-enabled versions   the stable ABI of 3.12, which all later ones have too
#   3.15t and later        the stable ABI of free-threaded builds, abi3t
#   3.14t                  its own
if(NOT Python_SOABI MATCHES "^cpython-[0-9]+t|^cp[0-9]+t")
  Python_add_library(_core MODULE USE_SABI 3.12 WITH_SOABI src/_core.c)
elseif(Python_VERSION VERSION_GREATER_EQUAL 3.15)
  Python_add_library(_core MODULE USE_SABI 3.15 WITH_SOABI src/_core.c)
  target_compile_definitions(_core PRIVATE Py_TARGET_ABI3T=0x030f0000) # CMake 4.4 does, older ones do not know abi3t
else()
  Python_add_library(_core MODULE WITH_SOABI src/_core.c)
endif()
set_target_properties(_core PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON)
if(MSVC)
  target_compile_options(_core PRIVATE /experimental:c11atomics) # its <stdatomic.h>, from Visual Studio 2022 17.5 on
endif()
