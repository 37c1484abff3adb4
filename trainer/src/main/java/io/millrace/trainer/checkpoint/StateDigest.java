package io.millrace.trainer.checkpoint;

import io.millrace.trainer.algorithm.LearnerState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 of a learner's state: the number of updates, and name, length and bytes of every array.
 * Two runs are at the same point, bit for bit, if it is the same.
 */
public final class StateDigest {
  private StateDigest() {}

  /** 32 bytes. */
  public static byte[] sha256(LearnerState state) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    digest.update(number(state.update()));
    for (var tensor : state.tensors()) {
      var name = tensor.name().getBytes(StandardCharsets.UTF_8);
      digest.update(number(name.length));
      digest.update(name);
      digest.update(number(tensor.values().length));
      digest.update(littleEndian(tensor.values()));
    }
    return digest.digest();
  }

  /** The bytes of an array, float32, little-endian, ready to be read. */
  static ByteBuffer littleEndian(float[] values) {
    var bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }

  private static ByteBuffer number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).flip();
  }
}
