package io.millrace.kernels;

/** The JDK's module of vectors, which a JVM has only if it is started with it. */
public final class VectorModule {
  private static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  /**
   * Whether this JVM was started with {@code --add-modules jdk.incubator.vector}: without it {@link
   * ConservativeCritics} cannot be made.
   */
  public static boolean isPresent() {
    return ModuleLayer.boot().findModule(NAME).isPresent();
  }
}
