package io.millrace.store;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;

/**
 * Gives the memory of a direct buffer back at once. Java 17 has no call for it outside of
 * jdk.unsupported; waiting for the garbage collector instead keeps gigabytes that no heap pressure
 * ever frees.
 */
final class DirectMemory {
  private static final MethodHandle CLEANER = cleaner();

  private DirectMemory() {}

  /** Frees a buffer that was allocated, and is no slice or view. */
  static void free(ByteBuffer buffer) {
    try {
      CLEANER.invokeExact(buffer);
    } catch (Throwable e) {
      throw new IllegalStateException("cannot free a direct buffer", e);
    }
  }

  private static MethodHandle cleaner() {
    try {
      var unsafeClass = Class.forName("sun.misc.Unsafe");
      var field = unsafeClass.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(
              unsafeClass, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
