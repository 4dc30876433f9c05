# cmake --install puts the programs under bin, one library a layer under lib, the public headers
# under include/p2s, and what find_package(p2s) reads under lib/cmake/p2s: p2s::nn, p2s::models, ...
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(layers base kernels nn models data metrics features train infer)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/p2s)
foreach(layer ${layers})
  set_target_properties(p2s_${layer} PROPERTIES EXPORT_NAME ${layer})
  add_library(p2s::${layer} ALIAS p2s_${layer})
  list(APPEND libraries p2s_${layer})
endforeach()
set_target_properties(p2s_flags PROPERTIES EXPORT_NAME flags)

install(TARGETS p2s_flags ${libraries} EXPORT p2s_targets)
install(TARGETS p2s-train p2s-generate p2s-caption p2s-encode p2s-features p2s-nearest p2s-eval)
foreach(folder nn/base kernels nn models data metrics features train infer)
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*.h)
  install(FILES ${headers} DESTINATION include/p2s/${folder})
endforeach()
# p2s-generate finds its pack here.
install(DIRECTORY packs/ DESTINATION share/p2s/packs FILES_MATCHING PATTERN *.h5)
install(DIRECTORY encoders/ DESTINATION share/p2s/encoders FILES_MATCHING PATTERN *.h5
                                                                       PATTERN *.words)

install(EXPORT p2s_targets FILE p2sTargets.cmake NAMESPACE p2s:: DESTINATION ${package})
configure_package_config_file(cmake/p2sConfig.cmake.in p2sConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(p2sConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/p2sConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/p2sConfigVersion.cmake DESTINATION ${package})
